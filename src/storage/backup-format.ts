// What a backup is: a tar archive of a closed set of names in a fixed order. First `backup.json`, which says what it is;
// last `manifest`, with size and SHA-256 of everything before. No name of it is ever a path that somebody else chose.
import * as z from 'zod/mini';
import { Fault } from '../model/fault.ts';

export const FORMAT = 1;
export const ABOUT = 'backup.json';
export const MANIFEST = 'manifest';
/** Pieces of one archive of what lies in folders of the hands: kept views, drafts, undo. */
export const WORK = 'work/';
export const PIECE = 8 * 1024 * 1024;

/** Names in their order; each at most once but for blobs and pieces. */
const ORDER: readonly RegExp[] = [/^backup\.json$/, /^state\.db$/, /^log\.key$/, /^config\.json$/, /^rules\.json$/, /^blobs\/([0-9a-f]{2})\/\1[0-9a-f]{62}$/, /^work\/\d{8}$/, /^manifest$/];
const MANY = [5, 6];
/** Entries of one archive, and bytes of what is read into memory. */
export const MOST_ENTRIES = 2_000_000;
export const MOST_TEXT = 256 * 1024 * 1024;

const About = z.object({
  product: z.literal('proworkbench'),
  format: z.int(),
  /** Of the workbench that made it, and of its store. */
  version: z.string().check(z.maxLength(100)),
  store: z.int(),
  /** When, RFC 3339. */
  made: z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)),
  /** Of the log. */
  origin: z.string().check(z.maxLength(200)),
  events: z.int(),
  root: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
});
export type About = Readonly<z.infer<typeof About>>;

/** Throws `backup.foreign` or `backup.newer`. @param newest store that this version knows. */
export function readAbout(bytes: Uint8Array, newest: number): About {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw foreign('what it says of itself can\'t be read', error);
  }
  const parsed = About.safeParse(value);
  // Of a later format nothing but this is known.
  const loose = z.object({ product: z.literal('proworkbench'), format: z.int() }).safeParse(value);
  if (loose.success && loose.data.format > FORMAT) throw newer(`its format is ${loose.data.format}, and this version knows ${FORMAT}`);
  if (!parsed.success || parsed.data.format !== FORMAT) throw foreign('it does not say that it is one');
  if (parsed.data.store > newest) throw newer(`its store has format ${parsed.data.store}, and this version knows ${newest}`);
  return parsed.data;
}

/** Judges the next name. Throws `backup.foreign` for one that has no place there. */
export class Order {
  #at = -1;
  #count = 0;

  see(name: string): void {
    const place = ORDER.findIndex((pattern) => pattern.test(name));
    this.#count += 1;
    if (place < 0 || place < this.#at || (place === this.#at && !MANY.includes(place)) || (this.#count === 1) !== (place === 0) || this.#count > MOST_ENTRIES) {
      throw foreign(`it has an entry ${JSON.stringify(name.slice(0, 100))} where none is expected`);
    }
    this.#at = place;
  }
}

/** One line of the manifest. */
export function manifestLine(name: string, size: number, sha256: string): string {
  return `${sha256} ${size} ${name}\n`;
}

export function foreign(why: string, cause?: unknown): Fault {
  return new Fault('backup.foreign', `this is not a backup of a workbench: ${why}`, 'name a file that `pwb backup` made', { cause });
}

export function altered(what: string): Fault {
  return new Fault('backup.altered', `the backup was changed after it was made: ${what}`, 'use another backup');
}

export function cutOff(cause?: unknown): Fault {
  return new Fault('backup.cut', 'the backup is not whole: it ends too soon', 'copy or download it again, or use another one', { cause });
}

function newer(why: string): Fault {
  return new Fault('backup.newer', `the backup was made by a newer ProWorkBench: ${why}`, 'update ProWorkBench first');
}
