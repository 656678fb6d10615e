// The practice model's door: an OpenAI chat request goes in as bytes, an OpenAI event stream comes out as
// bytes. A pure function: no model, no randomness, no clock. It refuses to look like anything but practice:
// the model's name is `practice` in every chunk, and every text says so.
import * as z from 'zod/mini';
import { Fault } from '../model/fault.ts';
import { nextStep, PRACTICE_TOOLS, type Heard, type PracticeTool, type Step } from './practice-task.ts';

export { practiceFiles, PRACTICE_MADE } from './practice-task.ts';

export const PRACTICE_MODEL = 'practice';

const Part = z.looseObject({ type: z.string(), text: z.optional(z.string()) });
const Content = z.optional(z.nullable(z.union([z.string(), z.array(Part)])));
const Call = z.looseObject({ id: z.string(), function: z.looseObject({ name: z.string() }) });
const Message = z.looseObject({
  role: z.string(),
  content: Content,
  tool_calls: z.optional(z.nullable(z.array(Call))),
  tool_call_id: z.optional(z.string()),
});
const Request = z.looseObject({
  messages: z.array(Message),
  tools: z.optional(z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) }))),
});
type Message = z.infer<typeof Message>;

/**
 * Plays the next step of the practice task.
 * @param body the exact bytes of an OpenAI chat-completions request.
 * @returns the body of a `text/event-stream` of `chat.completion.chunk` objects that ends with `[DONE]`.
 * Throws `practice.request` for bytes that aren't such a request.
 */
export function practiceReply(body: Uint8Array): Uint8Array {
  const request = parseRequest(body);
  const offered = new Set((request.tools ?? []).map((tool) => tool.function.name));
  const start = request.messages.findLastIndex(({ role }) => role === 'user') + 1;
  const step = nextStep(offered, heardSince(request.messages.slice(start)));
  const made = request.messages.reduce((sum, message) => sum + (message.tool_calls?.length ?? 0), 0);
  return streamOf(step, `practice-${made + 1}`);
}

function parseRequest(body: Uint8Array): z.infer<typeof Request> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new Fault('practice.request', 'the practice model was sent bytes that are not JSON in UTF-8', undefined, { cause: error });
  }
  const parsed = Request.safeParse(value);
  if (!parsed.success) throw new Fault('practice.request', 'the practice model was sent JSON that is not a chat request');
  return parsed.data;
}

/** What each tool said last, in this turn. A call without a result yet isn't there. */
function heardSince(messages: readonly Message[]): ReadonlyMap<PracticeTool, Heard> {
  const results = new Map<string, string>();
  for (const { role, tool_call_id: id, content } of messages) {
    if (role === 'tool' && id !== undefined) results.set(id, textOf(content));
  }
  const heard = new Map<PracticeTool, Heard>();
  for (const call of messages.flatMap((message) => message.tool_calls ?? [])) {
    const tool = PRACTICE_TOOLS.find((name) => name === call.function.name);
    if (tool !== undefined) heard.set(tool, judge(tool, results.get(call.id)));
  }
  return heard;
}

const DENIED = /\b((?<!permission )denied|refused|declined|cancelled|stopped|revoked|expired)\b/i;
/** How a result begins when the tool did what was asked. Listing and reading are known by what they hold. */
const DONE: { readonly [tool in PracticeTool]: RegExp } = {
  list: /(?:)/,
  read: /(?:)/,
  edit: /^(edited|changed|replaced)\b/i,
  write: /^(wrote|created|changed|replaced)\b/i,
  run: /^(exit|ended)\b/i,
};

/** Only the opening of a result is read: what a file holds must not pass for a person's answer. */
function judge(tool: PracticeTool, result: string | undefined): Heard {
  if (result === undefined) return { how: 'failed', text: '(no result reached the model)' };
  const opening = result.trimStart().slice(0, 120).split('\n', 1)[0] ?? '';
  if (DENIED.test(opening)) return { how: 'denied', text: result };
  return { how: DONE[tool].test(opening) ? 'done' : 'failed', text: result };
}

function textOf(content: Message['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? '').join('');
}

function streamOf(step: Step, callId: string): Uint8Array {
  const deltas: object[] = [{ role: 'assistant', content: '' }];
  for (const line of step.text.split(/(?<=\n)/)) deltas.push({ content: line });
  if (step.call !== undefined) {
    const { name, arguments: args } = step.call;
    deltas.push({ tool_calls: [{ index: 0, id: callId, type: 'function', function: { name, arguments: JSON.stringify(args) } }] });
  }
  const events = deltas.map((delta) => chunk([{ index: 0, delta, finish_reason: null }]));
  events.push(chunk([{ index: 0, delta: {}, finish_reason: step.call === undefined ? 'stop' : 'tool_calls' }]));
  // No tokens were made or read: the zeros are true.
  events.push(chunk([], { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }));
  return new TextEncoder().encode(`${events.join('')}data: [DONE]\n\n`);
}

function chunk(choices: readonly object[], usage?: object): string {
  const head = { id: 'practice', object: 'chat.completion.chunk', created: 0, model: PRACTICE_MODEL, choices };
  return `data: ${JSON.stringify(usage === undefined ? head : { ...head, usage })}\n\n`;
}
