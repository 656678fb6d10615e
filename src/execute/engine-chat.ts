// An OpenAI chat request, checked and turned into what the engine understands: a history, functions, limits.
// A request that can't be understood in full is refused in words; nothing of it is dropped silently.
import * as z from 'zod/mini';
import type { Functions, HistoryCall, HistoryItem } from './engine-library.ts';
import { grammarSchema } from './engine-schema.ts';

const MOST_CALLS = 8;
const Name = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/));
const Content = z.optional(z.nullable(z.union([z.string(), z.array(z.object({ type: z.literal('text'), text: z.string() }))])));
const Call = z.looseObject({ id: z.string(), function: z.looseObject({ name: z.string(), arguments: z.string() }) });
const Message = z.discriminatedUnion('role', [
  z.looseObject({ role: z.literal(['system', 'developer']), content: Content }),
  z.looseObject({ role: z.literal('user'), content: Content }),
  z.looseObject({ role: z.literal('assistant'), content: Content, tool_calls: z.optional(z.nullable(z.array(Call))) }),
  z.looseObject({ role: z.literal('tool'), content: Content, tool_call_id: z.string() }),
]);
const Tool = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({ name: Name, description: z.optional(z.string()), parameters: z.optional(z.record(z.string(), z.unknown())) }),
});
const Request = z.looseObject({
  messages: z.array(Message).check(z.minLength(1)),
  tools: z.optional(z.array(Tool).check(z.maxLength(128))),
  tool_choice: z.optional(z.union([z.literal(['auto', 'none', 'required']), z.looseObject({ type: z.literal('function'), function: z.looseObject({ name: Name }) })])),
  parallel_tool_calls: z.optional(z.nullable(z.boolean())),
  stream: z.optional(z.boolean()),
  stream_options: z.optional(z.nullable(z.looseObject({ include_usage: z.optional(z.boolean()) }))),
  max_tokens: z.optional(z.nullable(z.int().check(z.positive()))),
  max_completion_tokens: z.optional(z.nullable(z.int().check(z.positive()))),
  temperature: z.optional(z.nullable(z.number().check(z.minimum(0), z.maximum(10)))),
  seed: z.optional(z.nullable(z.int())),
});
type Message = z.infer<typeof Message>;

export interface ChatRequest {
  readonly history: readonly HistoryItem[];
  readonly functions: Functions | undefined;
  /** The parameters' schemas as they were sent, by function. */
  readonly schemas: ReadonlyMap<string, unknown>;
  readonly mustCall: boolean;
  /** Calls in one answer. */
  readonly mostCalls: number;
  /** The last message is a tool's result. */
  readonly afterTool: boolean;
  readonly stream: boolean;
  readonly withUsage: boolean;
  /** Tokens. */
  readonly most: number | undefined;
  readonly temperature: number | undefined;
  readonly seed: number | undefined;
}

export type Understood = { readonly ok: true; readonly request: ChatRequest } | { readonly ok: false; readonly words: string };

/** Never throws: what doesn't fit comes back as words. */
export function understandChat(body: Uint8Array): Understood {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return { ok: false, words: 'the body is not JSON in UTF-8' };
  }
  const parsed = Request.safeParse(value);
  if (!parsed.success) {
    const first = parsed.error.issues[0];
    return { ok: false, words: `the request does not fit at ${first?.path.join('.') || 'its top'}: ${first?.message ?? 'unknown'}` };
  }
  const data = parsed.data;
  const { tool_choice: choice, messages } = data;
  const named = typeof choice === 'object' ? choice.function.name : undefined;
  const tools = choice === 'none' ? [] : (data.tools ?? []).filter((tool) => named === undefined || tool.function.name === named);
  if (named !== undefined && tools.length === 0) return { ok: false, words: `tool_choice names the tool ${named}, which is not offered` };
  const history = historyOf(messages);
  if (typeof history === 'string') return { ok: false, words: history };
  const functions = tools.map(({ function: { name, description, parameters } }) => [name, { description: description ?? '', ...(parameters === undefined ? {} : { params: grammarSchema(parameters) }) }] as const);
  return {
    ok: true,
    request: {
      history,
      functions: functions.length === 0 ? undefined : Object.fromEntries(functions),
      schemas: new Map(tools.map((tool) => [tool.function.name, tool.function.parameters])),
      mustCall: functions.length > 0 && (choice === 'required' || named !== undefined),
      mostCalls: data.parallel_tool_calls === false ? 1 : MOST_CALLS,
      afterTool: messages.at(-1)?.role === 'tool',
      stream: data.stream ?? false,
      withUsage: data.stream_options?.include_usage ?? false,
      most: data.max_completion_tokens ?? data.max_tokens ?? undefined,
      temperature: data.temperature ?? undefined,
      seed: data.seed ?? undefined,
    },
  };
}

/** Calls and their results become part of the model's own turn, as the engine's templates want it. */
function historyOf(messages: readonly Message[]): readonly HistoryItem[] | string {
  const results = new Map<string, string>();
  for (const message of messages) if (message.role === 'tool') results.set(message.tool_call_id, textOf(message.content));
  const known = new Set<string>();
  const items: HistoryItem[] = [];
  let turn: (string | HistoryCall)[] | undefined;
  for (const message of messages) {
    if (message.role === 'tool') {
      if (!known.has(message.tool_call_id)) return `a tool message answers the call "${message.tool_call_id}", which nobody made`;
      continue;
    }
    const text = textOf(message.content);
    if (message.role !== 'assistant') {
      items.push({ type: message.role === 'user' ? 'user' : 'system', text });
      turn = undefined;
      continue;
    }
    if (turn === undefined) {
      turn = [];
      items.push({ type: 'model', response: turn });
    }
    if (text !== '') turn.push(text);
    for (const [at, call] of (message.tool_calls ?? []).entries()) {
      known.add(call.id);
      turn.push({ type: 'functionCall', name: call.function.name, params: parsedOrText(call.function.arguments), result: results.get(call.id) ?? 'no result', startsNewChunk: at === 0 });
    }
  }
  return turn === undefined ? [...items, { type: 'model', response: [] }] : items;
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function textOf(content: z.infer<typeof Content>): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text }) => text).join('');
}
