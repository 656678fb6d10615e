// The journal of landings: one slot per workspace, which is also the lock on it. A slot is made before anything is
// staged; the intent (all that will be done) is durable before the first rename; the slot goes last.
import { linkSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { sha256 } from '../model/digest.ts';
import { Fault, systemCode } from '../model/fault.ts';
import { newId } from '../model/id.ts';
import { syncFolder, writeDurably, writeFresh } from '../storage/durable.ts';
import { isAlive, ownOwner } from '../storage/owner.ts';
import { Refused } from './files-refused.ts';
import { namesIn } from './names-in.ts';

const text = z.string();
const whole = z.int();
const mode = z.nullable(whole);
const SIDE = z.discriminatedUnion('type', [
  z.object({ type: z.literal('none') }),
  z.object({ type: z.literal('file'), digest: text, mode }),
  z.object({ type: z.literal('link'), digest: text }),
  z.object({ type: z.literal('folder'), mode }),
]);
/** What a name was: numbers that may pass 2^53 are in decimal, times in nanoseconds, blocks of 512 bytes. */
const WAS = z.object({ type: z.enum(['file', 'link', 'folder']), dev: text, ino: text, size: text, blocks: whole, mtime: text, ctime: text, mode: whole, uid: whole, gid: whole, links: whole, target: z.nullable(text) });
export const MOVE = z.object({
  /** Its number in the stage and among the pre-images. */
  n: whole,
  path: text,
  base: SIDE,
  wanted: SIDE,
  was: z.nullable(WAS),
  timed: z.boolean(),
  /** What will be there: the staged file or link, or for what stays or is made of folders its mode and time. */
  fresh: z.nullable(WAS),
  /** A file that stays: only its mode and time change. */
  inPlace: z.boolean(),
  /** Where it is in the stage. What lies in a folder that is made is staged in it, and comes along when that is placed. */
  staged: text,
  inside: z.boolean(),
  /** Its times don't tell a later write: it changed shortly before it was looked at, or another of its names lands too. */
  recent: z.boolean(),
  /** The pre-image: the old file itself, a copy, or nothing beyond `was`. */
  kept: z.enum(['moved', 'copied', 'none']),
});
const HEADER = z.object({ v: z.literal(1), owner: text, op: z.enum(['land', 'undo']), id: text, action: text, root: text, stage: z.object({ folder: text, name: text }), undo: text, retires: z.nullable(text) });
const INTENT = z.object({ v: z.literal(1), stageIno: text, moves: z.array(MOVE), opened: z.array(z.object({ path: text, mode: whole })) });

export type Was = Readonly<z.infer<typeof WAS>>;
export type Move = Readonly<z.infer<typeof MOVE>>;
export type Header = Readonly<z.infer<typeof HEADER>>;
export type Intent = Readonly<z.infer<typeof INTENT>>;

/** What a crash left. `staging`: no name in the workspace was touched yet. */
export type Open = { readonly slot: Slot } & ({ readonly phase: 'staging' } | { readonly phase: 'forward' | 'back'; readonly intent: Intent });

/** Slots of this process that it couldn't end: as good as those of a process that is gone. */
const abandoned = new Set<string>();

const PATIENCE = 30_000;
const PAUSE = 20;

export class Slot {
  readonly header: Header;
  readonly #folder: string;
  readonly #name: string;

  constructor(folder: string, header: Header) {
    this.header = header;
    this.#folder = folder;
    this.#name = slotName(header.root);
  }

  /** Durable on return. After this a crash is rolled forward. */
  decide(intent: Intent): void {
    writeDurably(this.#path('forward'), this.#path(newId()), [Buffer.from(JSON.stringify(intent))]);
  }

  /** Durable on return. After this a crash is rolled back. */
  turnBack(): void {
    writeDurably(this.#path('back'), this.#path(newId()), []);
  }

  /** Takes the decision back before any name changed, because it may not be durable. */
  undecide(): void {
    removeFile(this.#path('forward'));
    syncFolder(this.#folder);
  }

  /** It can't be ended now (a disk fails): whoever comes next may try. */
  abandon(): void {
    abandoned.add(this.header.id);
  }

  /**
   * The end, whichever. INVARIANT: the slot goes first, so that an intent without a slot is one that was finished;
   * what is left after it means nothing and is swept by the next start. Throws when the slot can't be removed.
   */
  close(): void {
    const path = join(this.#folder, `${this.#name}.slot`);
    try {
      removeFile(path);
    } catch (error) {
      this.abandon();
      // Some disks fail though they did it.
      if (readFile(path) !== null) throw error;
    }
    this.#sweep();
  }

  #sweep(): void {
    try {
      // Before the rest goes: a slot that came back after a power cut would find its intent.
      syncFolder(this.#folder);
      for (const name of namesIn(this.#folder)) if (name.startsWith(`${this.#name}.${this.header.id}.`)) removeFile(join(this.#folder, name));
    } catch (error) {
      // Said nowhere, since nothing is wrong with what landed: brokenSlots sweeps it.
      if (systemCode(error) === '') throw error;
    }
  }

  read(): Open {
    const intent = readParsed(this.#path('forward'), INTENT);
    if (intent === null) return { slot: this, phase: 'staging' };
    return { slot: this, phase: readFile(this.#path('back')) === null ? 'forward' : 'back', intent };
  }

  #path(kind: string): string {
    return join(this.#folder, `${this.#name}.${this.header.id}.${kind}`);
  }
}

/**
 * Takes the slot of a workspace, waiting while another landing has it (at most 30 s, then Refused `busy`).
 * `recover` ends a landing whose process is gone.
 */
export async function takeSlot(folder: string, header: Omit<Header, 'v' | 'owner'>, recover: (open: Open) => void, signal?: AbortSignal): Promise<Slot> {
  const full: Header = { v: 1, owner: ownOwner(), ...header };
  const slot = new Slot(folder, full);
  try {
    await takeName(folder, full, recover, signal);
    syncFolder(folder);
    return slot;
  } catch (error) {
    // We may have it or not: whoever comes next finds out.
    slot.abandon();
    throw error;
  }
}

async function takeName(folder: string, full: Header, recover: (open: Open) => void, signal?: AbortSignal): Promise<void> {
  const temporary = join(folder, `${full.owner.replace(':', '-')}.${newId()}.tmp`);
  const path = join(folder, `${slotName(full.root)}.slot`);
  writeFresh(temporary, [Buffer.from(JSON.stringify(full))]);
  try {
    for (const give = Date.now() + PATIENCE; ; await sleep(PAUSE)) {
      signal?.throwIfAborted();
      try {
        // A link takes the name at once with all its content, or not at all.
        return linkSync(temporary, path);
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
      }
      const other = readParsed(path, HEADER);
      if (other !== null && isBroken(other)) recover(new Slot(folder, other).read());
      else if (Date.now() > give) throw new Refused('busy', 'other changes are landing in this workspace. Try again when they are done.');
    }
  } finally {
    removeFile(temporary);
  }
}

/** All slots whose process is gone. Sweeps what finished landings left. Throws Fault `journal.damaged`. */
export function brokenSlots(folder: string): readonly Slot[] {
  const slots: Slot[] = [];
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    const [first = ''] = name.split('.');
    if (name.endsWith('.slot')) {
      const header = readParsed(path, HEADER);
      if (header !== null && isBroken(header)) slots.push(new Slot(folder, header));
    } else if (name.endsWith('.tmp')) {
      if (!isAlive(first.replace('-', ':'))) removeFile(path);
    } else if (readFile(join(folder, `${first}.slot`)) === null) removeFile(path);
  }
  return slots;
}

/** Is any landing under way that keeps its pre-images in this folder? */
export function isHeld(folder: string, undo: string): boolean {
  return namesIn(folder).some((name) => {
    const header = name.endsWith('.slot') ? readParsed(join(folder, name), HEADER) : null;
    return header !== null && (header.undo === undo || header.retires === undo);
  });
}

function isBroken({ id, owner }: Header): boolean {
  return abandoned.has(id) || !isAlive(owner);
}

function slotName(root: string): string {
  return sha256(root).slice(0, 24);
}

function readParsed<T extends z.ZodMiniType>(path: string, shape: T): z.infer<T> | null {
  const bytes = readFile(path);
  if (bytes === null) return null;
  try {
    return z.parse(shape, JSON.parse(bytes));
  } catch (error) {
    throw new Fault('journal.damaged', `${path} can't be read as what it should be`, 'don\'t delete it: it says what was being changed. Look at the disk, and at the workspace', { cause: error });
  }
}

function readFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
