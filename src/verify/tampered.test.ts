import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { leafHash } from '../model/merkle.ts';
import { freshFolder } from '../../vectors/log/open.ts';
import { verifyBundle } from './bundle.ts';
import { parseVerifierKey } from './note.ts';
import type { Problem } from './report.ts';

const VECTORS = join(import.meta.dirname, '../../vectors/log');

interface Edit {
  readonly op: 'replace' | 'byte' | 'delete' | 'swap' | 'move' | 'insert' | 'append' | 'cut' | 'empty' | 'remove' | 'rehash' | 'flip' | 'take' | 'write' | 'swap-salts';
  readonly file: string;
  readonly line?: number;
  readonly other?: number;
  readonly to?: number;
  readonly copy?: number;
  readonly find?: string;
  readonly with?: string;
  readonly text?: string;
  readonly from?: string;
  readonly at?: number;
  readonly value?: number;
  readonly bytes?: number;
}

interface Case {
  readonly name: string;
  readonly key?: string;
  readonly against?: string;
  readonly edits: readonly Edit[];
  readonly expect: readonly string[];
}

const { cases } = JSON.parse(readFileSync(join(VECTORS, 'tampered.json'), 'utf8')) as { cases: Case[] };

/** A file as lines of bytes, new lines excluded. */
function linesOf(path: string): Buffer[] {
  const lines: Buffer[] = [];
  const bytes = readFileSync(path);
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start);
    lines.push(bytes.subarray(start, end === -1 ? bytes.length : end));
    start = end === -1 ? bytes.length : end + 1;
  }
  return lines;
}

function apply(dir: string, edit: Edit): void {
  const path = join(dir, edit.file);
  const at = (edit.line ?? 1) - 1;
  const lines = (change: (all: Buffer[]) => Buffer[]): void => writeFileSync(path, Buffer.concat(change(linesOf(path)).map((line) => Buffer.concat([line, Buffer.from('\n')]))));
  const bytes = (change: (all: Buffer) => Uint8Array): void => writeFileSync(path, change(readFileSync(path)));
  switch (edit.op) {
    case 'replace':
      return lines((all) => {
        const before = all[at]?.toString() ?? '';
        assert.notEqual(before.indexOf(edit.find ?? ''), -1, `the vector looks for ${edit.find ?? ''}`);
        return all.with(at, Buffer.from(before.replace(edit.find ?? '', () => edit.with ?? '')));
      });
    case 'byte':
      return lines((all) => all.with(at, Buffer.from(Uint8Array.from(all[at] ?? []).with(edit.at ?? 0, edit.value ?? 0))));
    case 'delete':
      return lines((all) => all.toSpliced(at, 1));
    case 'swap':
      return lines((all) => all.with(at, all[(edit.other ?? 1) - 1] ?? Buffer.of()).with((edit.other ?? 1) - 1, all[at] ?? Buffer.of()));
    case 'swap-salts':
      return lines((all) => {
        const [a, b] = [all[at]?.toString() ?? '', all[(edit.other ?? 1) - 1]?.toString() ?? ''];
        return all.with(at, Buffer.from(a.slice(0, -46) + b.slice(-46))).with((edit.other ?? 1) - 1, Buffer.from(b.slice(0, -46) + a.slice(-46)));
      });
    case 'move':
      return lines((all) => all.toSpliced(at, 1).toSpliced((edit.to ?? 1) - 1, 0, all[at] ?? Buffer.of()));
    case 'insert':
      return lines((all) => all.toSpliced(at, 0, edit.copy === undefined ? Buffer.from(edit.text ?? '') : (all[edit.copy - 1] ?? Buffer.of())));
    case 'append':
      return bytes((all) => Buffer.concat([all, Buffer.from(edit.text ?? '')]));
    case 'cut':
      return bytes((all) => all.subarray(0, all.length - (edit.bytes ?? 0)));
    case 'empty':
      return writeFileSync(path, '');
    case 'flip':
      return bytes((all) => Uint8Array.from(all).with(edit.at ?? 0, (all[edit.at ?? 0] ?? 0) ^ 1));
    case 'remove':
      return rmSync(path);
    case 'rehash':
      return writeFileSync(path, Buffer.concat(linesOf(join(dir, 'events.jsonl')).map((line) => leafHash(line))));
    case 'take':
      return cpSync(join(VECTORS, edit.from ?? ''), path);
    case 'write':
      mkdirSync(dirname(path), { recursive: true });
      return writeFileSync(path, edit.text ?? '');
  }
}

/** A problem as the vectors write it. */
function brief({ code, line, seq }: Problem): string {
  return `${code}${line === undefined ? '' : `@${line}`}${seq === undefined ? '' : `#${seq}`}`;
}

/** `@*` and `#*` stand for one or more problems of that code. */
function matches(actual: readonly string[], expected: readonly string[]): boolean {
  const wild = expected.filter((text) => text.endsWith('*')).map((text) => text.slice(0, -2));
  const isWild = (text: string): boolean => wild.some((code) => text.startsWith(code));
  const rest = expected.filter((text) => !text.endsWith('*')).toSorted();
  return wild.every((code) => actual.some((text) => text.startsWith(code))) && JSON.stringify(actual.filter((text) => !isWild(text)).toSorted()) === JSON.stringify(rest);
}

for (const { name, key: keyFile = 'vkey', against, edits, expect } of cases) {
  test(`the verifier says exactly what was done to a bundle: ${name}`, async (t) => {
    const dir = join(freshFolder(t), 'bundle');
    cpSync(join(VECTORS, 'bundle'), dir, { recursive: true });
    for (const edit of edits) apply(dir, edit);
    const vkey = readFileSync(join(VECTORS, keyFile), 'utf8').trim();
    const key = parseVerifierKey(vkey);
    assert.ok(key);
    const report = await verifyBundle(dir, { key, vkey, ...(against === undefined ? {} : { against: readFileSync(join(VECTORS, against)) }) });
    const actual = report.problems.map(brief);
    assert.ok(matches(actual, expect), `expected ${JSON.stringify(expect)}, found ${JSON.stringify(actual.slice(0, 12))}`);
    assert.equal(report.ok, expect.length === 0);
  });
}
