// The bytes that events committed to: each line of payloads.jsonl and each file of blobs/ must be named by an event,
// fit its digest, and not be one that an event says was erased; and none may be missing without such an event.
import { createHash, hash } from 'node:crypto';
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDigest } from '../model/digest.ts';
import { lineText, type Line } from './lines.ts';
import type { NamedPayloads } from './names.ts';
import { plain } from './plain.ts';
import type { Code, Findings } from './report.ts';

const FILE = 'payloads.jsonl';
const SALT = 32;
/** {"data":"<base64>","digest":"<hex>","salt":"<base64>"}: canonical, so all but the data has a fixed place. */
const HEAD = '{"data":"';
const MIDDLE = '","digest":"';
const NEXT = '","salt":"';
const END = '"}';
const DIGEST_LENGTH = 64;
const SALT_LENGTH = 44;
const TAIL_LENGTH = MIDDLE.length + DIGEST_LENGTH + NEXT.length + SALT_LENGTH + END.length;

export class PayloadRules {
  readonly #findings: Findings;
  readonly #names: NamedPayloads;
  #scratch = Buffer.alloc(SALT + 96 * 1024);
  present = 0;

  constructor(findings: Findings, names: NamedPayloads) {
    this.#findings = findings;
    this.#names = names;
  }

  see(line: Line): void {
    const text = line.text === 'ascii' ? lineText(line) : '';
    const tail = text.length - TAIL_LENGTH;
    const digestAt = tail + MIDDLE.length;
    const saltAt = text.length - END.length - SALT_LENGTH;
    if (tail < HEAD.length || !text.startsWith(HEAD) || !text.startsWith(MIDDLE, tail) || !text.startsWith(NEXT, digestAt + DIGEST_LENGTH) || !text.endsWith(END) || !line.ended) {
      this.#found('payload.form', `line ${line.number} is not a payload in canonical form`, line);
      return;
    }
    const digest = text.slice(digestAt, digestAt + DIGEST_LENGTH);
    const salt = text.slice(saltAt, saltAt + SALT_LENGTH);
    const data = text.slice(HEAD.length, tail);
    if (data.length > this.#scratch.length) this.#scratch = Buffer.alloc(SALT + data.length);
    this.#scratch.write(salt, 'base64');
    const end = SALT + this.#scratch.write(data, SALT, 'base64');
    if (this.#scratch.toString('base64', SALT, end) !== data || this.#scratch.toString('base64', 0, SALT) !== salt) {
      this.#found('payload.form', `line ${line.number} holds base64 that is not canonical`, line, digest);
    }
    const actual = hash('sha256', this.#scratch.subarray(0, end), 'hex');
    if (actual !== digest && !isDigest(digest)) this.#found('payload.form', `line ${line.number} names no digest`, line);
    else this.#settle(digest, actual, end - SALT, line.number);
  }

  /** Blobs: salt ‖ bytes, so that `sha256sum` of the file is its name. */
  async seeFiles(folder: string): Promise<void> {
    for (const name of fileNames(folder)) {
      const file = `blobs/${name}`;
      if (!isDigest(name)) {
        this.#findings.add('payload.unknown', 'a file in blobs/ is not named by a digest', { file });
        continue;
      }
      const sum = createHash('sha256');
      let size = -SALT;
      for await (const chunk of createReadStream(plain(join(folder, name)))) {
        if (!(chunk instanceof Uint8Array)) continue;
        sum.update(chunk);
        size += chunk.length;
      }
      this.#settle(name, sum.digest('hex'), size, -1);
    }
  }

  /** After all that is there was seen. */
  finish(): void {
    for (let entry = 0; entry < this.#names.count; entry += 1) {
      if (this.#names.state(entry) !== 'named') continue;
      const [digest, seq] = [this.#names.digest(entry), this.#names.seq(entry)];
      this.#findings.add('payload.missing', `payload ${digest} of event ${seq} is not there, and no event says that it was erased`, { seq, digest });
    }
  }

  /** @param line -1: it is a blob. */
  #settle(digest: string, actual: string, size: number, line: number): void {
    const entry = this.#names.find(digest);
    const found = (code: Code, words: string): void => {
      const place = line === -1 ? { file: `blobs/${digest}` } : { file: FILE, line };
      this.#findings.add(code, words, { ...place, digest, ...(entry === -1 ? {} : { seq: this.#names.seq(entry) }) });
    };
    if (entry === -1) return found('payload.unknown', `payload ${digest} is named by no event`);
    switch (this.#names.state(entry)) {
      case 'erased':
        return found('payload.erased-present', `payload ${digest} was erased, says an event, but it is there`);
      case 'present':
        return found('payload.twice', `payload ${digest} is there twice`);
      case 'named':
        this.#names.mark(entry, 'present');
    }
    if (actual !== digest) found('payload.changed', `payload ${digest} was changed: its digest is ${actual}`);
    else if (this.#names.size(entry) !== size) found('payload.size', `payload ${digest} has ${size} bytes, the event says ${this.#names.size(entry)}`);
    else this.present += 1;
  }

  #found(code: Code, words: string, { number }: Line, digest?: string): void {
    this.#findings.add(code, words, { file: FILE, line: number, ...(digest === undefined ? {} : { digest }) });
  }
}

function fileNames(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    // No large payloads: no folder. What is missing is said by `finish`.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
