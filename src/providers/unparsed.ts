// Tool calls that a server couldn't parse and handed over as text (LM Studio does so). Recognised only when
// the whole text is nothing but calls of tools that were offered, so prose with an example in it never acts.
import { isObject, listOf, objectOf, parseLoose, textOf, type Loose } from './loose.ts';

export interface UnparsedCall {
  readonly name: string;
  readonly arguments: string;
}

const TAGGED = [
  { open: '<tool_call>', close: '</tool_call>' },
  { open: '[TOOL_REQUEST]', close: '[END_TOOL_REQUEST]' },
] as const;
const FENCE = /^```(?:json|tool_call)?[ \t]*\r?\n([^`]*)```$/;
const MOST_TEXT = 4 * 2 ** 20;

/** Worth a closer look: cheap, and false for nearly every text. */
export function looksLikeCall(text: string): boolean {
  return text.length <= MOST_TEXT && /^\s*(<tool_call>|\[TOOL_REQUEST\]|\[TOOL_CALLS\]|```|[{[])/.test(text);
}

/** The calls, or null when the text is anything else. */
export function unparsedCalls(text: string, offered: readonly string[]): readonly UnparsedCall[] | null {
  const bodies = bodiesOf(text.trim());
  if (bodies === null || bodies.length === 0) return null;
  const calls: UnparsedCall[] = [];
  for (const body of bodies) {
    const value = parseLoose(body);
    for (const item of Array.isArray(value) ? listOf(value) : [value]) {
      const call = isObject(item) ? callOf(item, offered) : null;
      if (call === null) return null;
      calls.push(call);
    }
  }
  return calls.length === 0 ? null : calls;
}

/** The names of the tools in a request's body, for the rare reply that needs them. */
export function offeredTools(body: readonly Uint8Array[]): readonly string[] {
  const request = parseLoose(Buffer.concat(body).toString('utf8'));
  return listOf(objectOf(request)['tools']).map((tool) => textOf(objectOf(objectOf(tool)['function'])['name'])).filter((name) => name !== '');
}

function bodiesOf(text: string): readonly string[] | null {
  for (const { open, close } of TAGGED) {
    if (text.startsWith(open)) return taggedBodies(text, open, close);
  }
  if (text.startsWith('[TOOL_CALLS]')) return [text.slice('[TOOL_CALLS]'.length)];
  const fenced = FENCE.exec(text);
  return [fenced?.[1] ?? text];
}

function taggedBodies(text: string, open: string, close: string): readonly string[] | null {
  const bodies: string[] = [];
  let rest = text;
  while (rest !== '') {
    if (!rest.startsWith(open)) return null;
    const end = rest.indexOf(close);
    if (end < 0) return null;
    bodies.push(rest.slice(open.length, end));
    rest = rest.slice(end + close.length).trimStart();
  }
  return bodies;
}

function callOf(item: Loose, offered: readonly string[]): UnparsedCall | null {
  const keys = Object.keys(item).filter((key) => key !== 'id' && key !== 'type');
  const { name } = item;
  const given = item['arguments'] ?? item['parameters'];
  if (keys.length !== 2 || typeof name !== 'string' || !offered.includes(name)) return null;
  if (isObject(given)) return { name, arguments: JSON.stringify(given) };
  return typeof given === 'string' && isObject(parseLoose(given)) ? { name, arguments: given } : null;
}
