// One event line: canonical form, its place, its time, ids that may come once, and the payloads that it names.
// The tree proves that a line is what was signed; these rules hold whoever signed it.
import { canonicalText, type Json } from '../model/canonical.ts';
import { isDigest } from '../model/digest.ts';
import { isId } from '../model/id.ts';
import { lineText, type Line } from './lines.ts';
import type { NamedPayloads } from './names.ts';
import type { Code, Findings } from './report.ts';

type Fields = { readonly [key: string]: Json };

const FILE = 'events.jsonl';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const DAY = 86_400_000;

export class EventRules {
  readonly #findings: Findings;
  readonly #names: NamedPayloads;
  readonly #origin: string;
  readonly #key: string;
  readonly #once = new Set<string>();
  #seq = -1;
  #time = Number.NaN;
  #timeText = '';
  from = '';
  erased = 0;

  constructor(findings: Findings, names: NamedPayloads, origin: string, key: string) {
    this.#findings = findings;
    this.#names = names;
    this.#origin = origin;
    this.#key = key;
  }

  get to(): string {
    return this.#timeText;
  }

  see(line: Line): void {
    const event = this.#parse(line);
    if (event === null) return;
    const { seq, time, body, payloads } = event;
    if (seq !== this.#seq + 1) this.#found('event.seq', `line ${line.number} holds event ${seq}; after event ${this.#seq} comes ${this.#seq + 1}`, line, seq);
    if (line.number === 1) this.#first(body, line);
    this.#seq = seq;
    this.#clock(time, body, line);
    this.#ids(body, line);
    for (const name in payloads) this.#name(payloads[name], line);
    if (body['type'] === 'payload.erased') this.#erase(body['digests'], line);
  }

  #parse(line: Line): { readonly seq: number; readonly time: string; readonly body: Fields; readonly payloads: Fields } | null {
    const bad = (words: string): null => {
      this.#found('event.form', `line ${line.number} ${words}`, line);
      return null;
    };
    if (line.text === 'no') return bad('is not UTF-8');
    if (!line.ended) bad('does not end with a new line');
    const text = lineText(line);
    let value: Json;
    try {
      value = JSON.parse(text) as Json;
    } catch {
      return bad('is not JSON');
    }
    if (!isCanonical(value, text)) return bad('is not canonical JSON (RFC 8785)');
    if (!isObject(value)) return bad('is not an event');
    const { v, seq, time, body, payloads } = value;
    if (v !== 1 || typeof seq !== 'number' || seq < 0 || typeof time !== 'string' || !TIME.test(time) || !isObject(body) || !isObject(payloads) || typeof body['type'] !== 'string' || Object.keys(value).length !== 5) return bad('is not an event of format 1');
    return { seq, time, body, payloads };
  }

  #first(body: Fields, line: Line): void {
    if (body['type'] !== 'log.opened') this.#found('event.first', 'the log does not begin with log.opened', line);
    else if (body['origin'] !== this.#origin || body['key'] !== this.#key) this.#found('event.first', 'the log was opened under another name or key', line);
  }

  #clock(time: string, body: Fields, line: Line): void {
    if (this.from === '') this.from = time;
    const now = time === this.#timeText ? this.#time : Date.parse(time);
    const jump = now - this.#time;
    const isJump = jump < 0 || jump > DAY;
    const said = body['type'] === 'clock.jumped' ? body['by'] : null;
    if (Number.isNaN(now)) this.#found('event.time', `the time of event ${this.#seq} is none`, line, this.#seq);
    else if (isJump ? said !== jump : said !== null) this.#found('event.time', `the time of event ${this.#seq} and what it says of the clock do not fit the event before`, line, this.#seq);
    this.#time = now;
    this.#timeText = time;
  }

  /** Ids that an event gives out for the first and only time. */
  #ids({ type, action, session, grant }: Fields, line: Line): void {
    const id = type === 'action.proposed' ? action : type === 'session.started' ? session : type === 'action.granted' ? grant : undefined;
    if (id === undefined) return;
    if (!isId(id)) this.#found('event.form', `line ${line.number} gives out an id that is none`, line, this.#seq);
    else if (this.#once.has(id)) this.#found('event.id-twice', `event ${this.#seq} gives out id ${id} a second time`, line, this.#seq);
    else this.#once.add(id);
  }

  #name(ref: Json | undefined, line: Line): void {
    if (!isObject(ref) || !isDigest(ref['digest']) || typeof ref['size'] !== 'number') {
      this.#found('event.form', `line ${line.number} names a payload without digest or size`, line, this.#seq);
      return;
    }
    const { digest, size } = ref;
    const entry = this.#names.find(digest);
    if (entry === -1) this.#names.addProbed(this.#seq, size);
    else if (this.#names.size(entry) !== size) this.#found('payload.size', `event ${this.#seq} says ${size} bytes of payload ${digest}, event ${this.#names.seq(entry)} says ${this.#names.size(entry)}`, line, this.#seq);
  }

  #erase(digests: Json | undefined, line: Line): void {
    for (const digest of Array.isArray(digests) ? digests : []) {
      const entry = isDigest(digest) ? this.#names.find(digest) : -1;
      if (entry === -1) this.#found('erasure.unknown', `event ${this.#seq} erases a payload that no earlier event names`, line, this.#seq);
      else if (this.#names.state(entry) !== 'erased') {
        this.#names.mark(entry, 'erased');
        this.erased += 1;
      }
    }
  }

  #found(code: Code, words: string, { number }: Line, seq?: number): void {
    this.#findings.add(code, words, { file: FILE, line: number, ...(seq === undefined ? {} : { seq }) });
  }
}

/** RFC 8785 with this log's limits. The quick way settles almost every line: written by JSON.stringify it is the same, and its keys are in order. */
function isCanonical(value: Json, text: string): boolean {
  if (JSON.stringify(value) === text && isOrdered(value, 0)) return true;
  try {
    return canonicalText(value) === text;
  } catch {
    return false;
  }
}

function isOrdered(value: Json, depth: number): boolean {
  if (depth > 64) return false;
  switch (typeof value) {
    case 'number':
      return Number.isSafeInteger(value);
    case 'string':
      return value.isWellFormed();
    case 'boolean':
      return true;
    default: {
      if (value === null) return true;
      if (Array.isArray(value)) return value.every((item: Json) => isOrdered(item, depth + 1));
      let before = '';
      const fields = value as Fields;
      for (const key in fields) {
        const item = fields[key];
        if (key < before || item === undefined || !key.isWellFormed() || !isOrdered(item, depth + 1)) return false;
        before = key;
      }
      return true;
    }
  }
}

function isObject(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
