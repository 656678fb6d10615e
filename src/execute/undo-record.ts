// The records beside the pre-images: what a landing did, which an undo goes by, and what stood somewhere before an
// action that couldn't be rehearsed. The first line says what it is about, so that a list needn't read the rest.
import { closeSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { Fault, systemCode } from '../model/fault.ts';
import { isId, newId, type Id } from '../model/id.ts';
import { writeDurably } from '../storage/durable.ts';
import { MOVE, type Move } from './journal.ts';

const text = z.string();
/** `bytes`: what it takes on disk. `at`: wall ms. */
const ABOUT = z.object({ v: z.literal(1), op: z.enum(['land', 'undo']), id: text, action: text, root: text, at: z.number(), bytes: z.number() });
const MOVES = z.array(MOVE);
const BEFORE = z.object({ v: z.literal(1), action: text, root: text, watched: z.array(text), found: z.array(MOVE), left: z.array(z.object({ path: text, why: text })) });

export type About = Readonly<z.infer<typeof ABOUT>>;
export type Record = About & { readonly moves: readonly Move[] };
/** What stood there: `was` and `base` of each move. `left`: what couldn't be kept. */
export type Before = Readonly<z.infer<typeof BEFORE>>;

const RECORD_NAME = 'record.jsonl';
/** Only there until it is sealed. */
export const BEFORE_NAME = 'before.json';
/** A line about holds one path. */
const MOST_LINE = 1 << 16;

/** The folder of one landing's pre-images. Throws Fault for what is no id, so that none is ever a path. */
export function undoFolder(undo: string, id: Id): string {
  if (!isId(id)) throw new Fault('undo.bad-id', 'that is no id of an action', 'look at `pwb log` for the ids');
  return join(undo, id);
}

/** Durable on return. */
export function writeRecord(folder: string, about: Omit<About, 'v' | 'at' | 'bytes'>, moves: readonly Move[]): void {
  const full: About = { v: 1, ...about, at: Date.now(), bytes: moves.reduce((sum, { kept, was }) => sum + (kept === 'none' ? 0 : (was?.blocks ?? 0) * 512), 0) };
  writeDurably(join(folder, RECORD_NAME), join(folder, `${newId()}.tmp`), [Buffer.from(`${JSON.stringify(full)}\n`), Buffer.from(JSON.stringify(moves))]);
}

/** The record of a landing. Throws Fault `undo.none`, `undo.open`, `undo.damaged`. */
export function openRecord(undo: string, id: Id): Record {
  const folder = undoFolder(undo, id);
  const whole = read(join(folder, RECORD_NAME));
  if (whole === null) throw readBefore(folder) === null ? none() : new Fault('undo.open', 'it isn\'t known yet what this action did: it was cut off', 'start the workbench again, which looks at what is there now; then try again');
  return parsed(() => {
    const end = whole.indexOf('\n');
    return { ...z.parse(ABOUT, JSON.parse(whole.slice(0, end))), moves: z.parse(MOVES, JSON.parse(whole.slice(end + 1))) };
  });
}

/** What a record is about, or null where there is none (yet). Throws Fault `undo.damaged`. */
export function readAbout(folder: string): About | null {
  let file: number;
  try {
    file = openSync(join(folder, RECORD_NAME), 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const bytes = Buffer.allocUnsafe(MOST_LINE);
    const line = bytes.subarray(0, readSync(file, bytes, 0, MOST_LINE, 0));
    return parsed(() => z.parse(ABOUT, JSON.parse(line.subarray(0, line.indexOf('\n')).toString('utf8'))));
  } finally {
    closeSync(file);
  }
}

/** Durable on return. */
export function writeBefore(folder: string, before: Omit<Before, 'v'>): void {
  writeDurably(join(folder, BEFORE_NAME), join(folder, `${newId()}.tmp`), [Buffer.from(JSON.stringify({ v: 1, ...before }))]);
}

/** Once there is a record. May be begun again. */
export function removeBefore(folder: string): void {
  rmSync(join(folder, BEFORE_NAME), { force: true });
}

/** Null where nothing was kept beforehand. Throws Fault `undo.damaged`. */
export function readBefore(folder: string): Before | null {
  const whole = read(join(folder, BEFORE_NAME));
  return whole === null ? null : parsed(() => z.parse(BEFORE, JSON.parse(whole)));
}

function none(): Fault {
  return new Fault('undo.none', 'nothing is kept for this action: it changed no files, was undone already, or is too old', 'look at `pwb log`, or take the files from your own backup');
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Fault('undo.damaged', 'what was kept of this action for undo is damaged', 'take the files from your own backup', { cause: error });
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}
