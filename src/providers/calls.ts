// Puts the tool calls of a reply together from whole or incremental deltas. Which delta belongs to which
// call is told by index, then id, then order, since servers leave out any of them. Repairs nothing.
import { newId } from '../model/id.ts';
import { isObject, jsonText, parseLoose, textOf, type Loose } from './loose.ts';
import type { ToolCall } from './message.ts';
import type { Note, ReplyEvent } from './reply.ts';

/** A reply with more calls than this is cut there, with a note: no turn needs them. */
export const MOST_CALLS = 64;

/** Arguments longer than this aren't looked at again while they grow. Characters. */
const MOST_LOOK = 16 * 1024;

interface Draft {
  readonly key: number | undefined;
  id: string;
  name: string;
  text: string;
}

const ID = /^[\x21-\x7e]{1,64}$/;

export class CallAssembly {
  readonly #drafts: Draft[] = [];
  readonly #notes: Set<Note>;

  constructor(notes: Set<Note>) {
    this.#notes = notes;
  }

  get count(): number {
    return this.#drafts.length;
  }

  /** One entry of `tool_calls`, whole or a delta. */
  add(entry: Loose): ReplyEvent | null {
    const call = isObject(entry['function']) ? entry['function'] : entry;
    const index = typeof entry['index'] === 'number' ? entry['index'] : undefined;
    if (index === undefined) this.#notes.add('index-missing');
    return this.#put(index, textOf(entry['id']), textOf(call['name']), this.#argumentText(call['arguments']));
  }

  /** The deprecated `function_call`: one call, without an id. */
  addDeprecated(call: Loose): ReplyEvent | null {
    this.#notes.add('function-call');
    return this.#put(-1, '', textOf(call['name']), this.#argumentText(call['arguments']));
  }

  /** A call found in the text. */
  addWhole(name: string, text: string): void {
    this.#start(undefined, '', name, text);
  }

  finish(makeId: () => string): readonly ToolCall[] {
    const used = new Set<string>();
    return this.#drafts.map((draft) => {
      const id = this.#finalId(draft.id, used, makeId);
      used.add(id);
      return { id, name: this.#wellFormed(draft.name), arguments: this.#finalArguments(draft.text) };
    });
  }

  #put(key: number | undefined, id: string, name: string, text: string): ReplyEvent | null {
    const known = this.#find(key, id, name);
    if (known === undefined) return this.#start(key, id, name, text);
    if (this.#isRepeat(known, key, id, name, text)) {
      this.#notes.add('repeated-call');
      return null;
    }
    if (isAnother(known, id, name, text)) return this.#start(key, id, name, text);
    if (known.id === '') known.id = id;
    if (name !== known.name) known.name += name;
    known.text += text;
    return this.#event(known);
  }

  #find(key: number | undefined, id: string, name: string): Draft | undefined {
    if (key !== undefined) return this.#drafts.findLast((draft) => draft.key === key);
    if (id !== '') return this.#drafts.findLast((draft) => draft.id === id) ?? (name === '' ? this.#drafts.at(-1) : undefined);
    return name === '' ? this.#drafts.at(-1) : undefined;
  }

  #start(key: number | undefined, id: string, name: string, text: string): ReplyEvent | null {
    if (this.#drafts.length >= MOST_CALLS) {
      this.#notes.add('too-many-calls');
      return null;
    }
    const draft: Draft = { key, id, name, text };
    this.#drafts.push(draft);
    return this.#event(draft);
  }

  #event(draft: Draft): ReplyEvent {
    return { type: 'call', index: this.#drafts.indexOf(draft), name: draft.name, bytes: draft.text.length };
  }

  /** Some servers send a call in pieces and then once more as a whole. */
  #isRepeat(known: Draft, key: number | undefined, id: string, name: string, text: string): boolean {
    if (name === '' || name !== known.name || text === '' || text !== known.text || !isObject(parseLoose(text))) return false;
    return id === known.id && (id !== '' || key !== undefined);
  }

  #argumentText(value: unknown): string {
    if (value === undefined || value === null) return '';
    if (typeof value === 'string') return value;
    this.#notes.add('arguments-object');
    // Where it can't be written, the words that stand for it are no object either, and the model is told so.
    return jsonText(value);
  }

  #finalId(given: string, used: ReadonlySet<string>, makeId: () => string): string {
    if (given !== '' && !ID.test(given)) this.#notes.add('bad-id');
    else if (given === '') this.#notes.add('made-id');
    else if (used.has(given)) this.#notes.add('duplicate-id');
    else return given;
    let made = makeId();
    while (used.has(made)) made = makeId();
    return made;
  }

  #finalArguments(text: string): string {
    if (text.trim() === '') {
      this.#notes.add('no-arguments');
      return '{}';
    }
    const value = text.trimStart().startsWith('"') ? parseLoose(text) : undefined;
    if (typeof value === 'string' && isObject(parseLoose(value))) {
      this.#notes.add('double-encoded');
      return value;
    }
    return this.#wellFormed(text);
  }

  #wellFormed(text: string): string {
    if (text.isWellFormed()) return text;
    this.#notes.add('bad-unicode');
    return text.toWellFormed();
  }
}

/** Nine letters and digits, which is what the strictest chat templates (Mistral's) ask of an id. */
export function makeCallId(): string {
  return newId().slice(0, 9);
}

/**
 * A delta at a known place that must be a call of its own: servers exist that number all calls 0. A new id
 * alone doesn't tell, because others draw a new id for every delta; nor does a name that is sent in pieces.
 */
function isAnother(known: Draft, id: string, name: string, text: string): boolean {
  if (name === '') return false;
  if (id !== '' && known.id !== '') return id !== known.id;
  if (known.text === '') return false;
  // The length is bounded, or a stream that names its tool in every delta would cost its square to read.
  return name !== known.name || (text !== '' && known.text.length <= MOST_LOOK && isObject(parseLoose(known.text)));
}
