// Puts a reply together from chat completion chunks, or from one whole completion, in any of the shapes
// that local servers send. A chunk that can't be read fails the reply: a hole in a command is a wrong command.
import { CallAssembly } from './calls.ts';
import { problemOf, type ModelProblem } from './errors.ts';
import { countOf, isObject, listOf, objectOf, parseLoose, textOf, type Loose } from './loose.ts';
import type { Finish, Note, Reply, ReplyEvent } from './reply.ts';
import { splitUnopened, ThinkSplitter, type Piece } from './think.ts';
import { looksLikeCall, unparsedCalls } from './unparsed.ts';

export class Assembly {
  readonly #notes = new Set<Note>();
  readonly #calls = new CallAssembly(this.#notes);
  readonly #think = new ThinkSplitter();
  readonly #offered: () => readonly string[];
  #text = '';
  #reasoning = '';
  #finish = '';
  #usage: Reply['usage'];
  #model = '';
  #problem: ModelProblem | undefined;
  #chunks = 0;
  done = false;

  constructor(offered: () => readonly string[]) {
    this.#offered = offered;
  }

  get failed(): boolean {
    return this.#problem !== undefined;
  }

  /** Not one chunk was read. */
  get untouched(): boolean {
    return this.#chunks === 0 && !this.done && !this.failed;
  }

  note(note: Note): void {
    this.#notes.add(note);
  }

  /** The first problem stands; what follows it is not read. */
  fail(problem: ModelProblem): void {
    this.#problem ??= problem;
  }

  /** One server-sent event. `last`: the stream ended inside it, so it may be half of one. */
  event(name: string, data: string, last: boolean): ReplyEvent[] {
    if (this.failed) return [];
    const trimmed = data.trim();
    if (trimmed === '') return [{ type: 'keepalive' }];
    if (this.done) {
      this.note('junk-after-done');
      return [];
    }
    if (trimmed === '[DONE]') {
      this.done = true;
      return [];
    }
    const value = parseLoose(trimmed);
    if (value === undefined) {
      if (last) return [];
      this.fail(name === 'error' ? problemOf(200, { error: trimmed }) : { code: 'model.reply', words: 'a piece of the server’s stream is not JSON', hint: 'Ask again; if it stays so, the server or something between is broken' });
      return [];
    }
    if (name === 'error') this.fail(problemOf(200, isObject(value) && 'error' in value ? value : { error: value }));
    if (this.failed) return [];
    if (!isObject(value)) {
      this.note('odd-chunk');
      return [];
    }
    return this.chunk(value);
  }

  /** A whole completion: the same as one chunk that says everything, and nothing is missing at its end. */
  whole(value: Loose): void {
    this.chunk(value);
    this.done = true;
  }

  chunk(chunk: Loose): ReplyEvent[] {
    this.#chunks++;
    const { error } = chunk;
    if ((error !== undefined && error !== null && error !== false && error !== '') || chunk['type'] === 'error' || chunk['object'] === 'error') {
      this.fail(problemOf(200, chunk));
      return [];
    }
    if (this.#model === '') this.#model = textOf(chunk['model']).slice(0, 256).toWellFormed();
    this.#readUsage(chunk['usage']);
    const choices = listOf(chunk['choices']).filter(isObject);
    const first = choices.find((choice) => (choice['index'] ?? 0) === 0);
    if (choices.length > (first === undefined ? 0 : 1)) this.note('other-choices');
    if (first !== undefined) return [...promptEvents(chunk), ...this.#choice(first)];
    if (choices.length === 0 && !Array.isArray(chunk['choices']) && !isObject(chunk['usage'])) this.#noChoices(chunk);
    return promptEvents(chunk);
  }

  finish(how: 'whole' | 'cut' | 'cancelled', makeId: () => string): Reply {
    this.#say(this.#think.end());
    if (this.#think.folded) this.note('folded-think');
    if (this.#think.unclosed) this.note('unclosed-think');
    this.#foldUnopened();
    if (!this.failed) this.#takeUnparsed();
    const finish = this.#finishOf(how);
    const calls = this.#calls.finish(makeId);
    const text = this.#wellFormed(this.#think.folded || this.#reasoning !== '' ? this.#text.trimStart() : this.#text);
    const reasoning = this.#wellFormed(this.#reasoning.trim());
    if (text === '' && reasoning === '' && calls.length === 0 && !this.failed) this.note('empty');
    return {
      text,
      reasoning,
      calls,
      finish,
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      ...(this.#model === '' ? {} : { model: this.#model }),
      notes: [...this.#notes].toSorted(),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
  }

  #choice(choice: Loose): ReplyEvent[] {
    const events: ReplyEvent[] = [];
    // Some servers stream `message` where `delta` belongs; a whole completion has nothing else.
    const delta = isObject(choice['delta']) ? choice['delta'] : objectOf(choice['message']);
    for (const name of ['reasoning_content', 'reasoning', 'thinking'] as const) {
      const text = textOf(delta[name]);
      if (text === '') continue;
      this.#reasoning += text;
      events.push({ type: 'reasoning', text });
      break;
    }
    events.push(...this.#say(this.#think.push(contentText(delta['content']))));
    for (const entry of listOf(delta['tool_calls']).filter(isObject)) push(events, this.#calls.add(entry));
    if (isObject(delta['function_call'])) push(events, this.#calls.addDeprecated(delta['function_call']));
    const finish = textOf(choice['finish_reason']);
    if (finish !== '') this.#finish = finish;
    return events;
  }

  /** A chunk without any choices: a progress line of some servers, or nothing that we know. */
  #noChoices(chunk: Loose): void {
    if (chunk['prompt_progress'] !== undefined || chunk['timings'] !== undefined) return;
    const said = textOf(chunk['detail']) || (Array.isArray(chunk['detail']) ? 'detail' : '') || textOf(chunk['message']);
    if (said !== '') this.fail(problemOf(200, chunk));
    else this.note('odd-chunk');
  }

  #say(pieces: readonly Piece[]): ReplyEvent[] {
    for (const piece of pieces) {
      if (piece.type === 'text') this.#text += piece.text;
      else this.#reasoning += piece.text;
    }
    return [...pieces];
  }

  #readUsage(value: unknown): void {
    const usage = objectOf(value);
    const prompt = countOf(usage['prompt_tokens']);
    const output = countOf(usage['completion_tokens']);
    if (prompt !== undefined || output !== undefined) this.#usage = { prompt: prompt ?? 0, output: output ?? 0 };
  }

  #foldUnopened(): void {
    const split = this.#reasoning === '' ? splitUnopened(this.#text) : null;
    if (split === null) return;
    this.#reasoning = split.reasoning;
    this.#text = split.text;
    this.note('unopened-think');
  }

  #takeUnparsed(): void {
    if (this.#calls.count > 0 || this.#finish === 'length' || !this.#isComplete() || !looksLikeCall(this.#text)) return;
    const found = unparsedCalls(this.#text, this.#offered());
    if (found === null) return;
    for (const call of found) this.#calls.addWhole(call.name, call.arguments);
    this.#text = '';
    this.note('unparsed-call');
  }

  #isComplete(): boolean {
    return this.#finish !== '' || this.done;
  }

  #finishOf(how: 'whole' | 'cut' | 'cancelled'): Finish {
    if (this.failed) return 'error';
    if (this.#notes.has('too-large')) return 'cut';
    if (!this.#isComplete()) return how === 'cancelled' ? 'cancelled' : 'cut';
    if (!this.done) this.note('no-done');
    const calls = this.#calls.count > 0;
    switch (this.#finish) {
      case 'tool_calls':
      case 'function_call':
        if (!calls) this.note('calls-missing');
        break;
      case 'length':
      case 'max_tokens':
        return 'length';
      case '':
        this.note('no-finish');
        break;
      case 'content_filter':
        this.note('filtered');
        // A filter stops in the middle of things, so a call before it may be half of one.
        if (calls) return 'cut';
        break;
      case 'stop':
        if (calls && !this.#notes.has('unparsed-call')) this.note('stop-with-calls');
        break;
      default:
        this.note('odd-finish');
    }
    return calls ? 'calls' : 'stop';
  }

  #wellFormed(text: string): string {
    if (text.isWellFormed()) return text;
    this.note('bad-unicode');
    return text.toWellFormed();
  }
}

/** Content is a string, null, or a list of parts. */
function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return listOf(content).map((part) => textOf(objectOf(part)['text'])).join('');
}

function promptEvents(chunk: Loose): ReplyEvent[] {
  const progress = objectOf(chunk['prompt_progress']);
  const done = countOf(progress['processed']);
  const total = countOf(progress['total']);
  return done === undefined || total === undefined ? [] : [{ type: 'prompt', done, total }];
}

function push(events: ReplyEvent[], event: ReplyEvent | null): void {
  if (event !== null) events.push(event);
}
