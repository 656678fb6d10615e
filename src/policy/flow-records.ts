// Records in structured results, and which one a person named. A record is named only if exactly one of all that were
// read has the very words that the person quoted, or the path that they wrote, as its name.
import type { Source } from './flow-source.ts';

export interface Field {
  readonly key: string;
  readonly value: string;
  /** Its key says that the value identifies the record. */
  readonly isId: boolean;
  /** Its key says that the value is what people call it. */
  readonly isName: boolean;
}

export interface FlowRecord {
  readonly fields: readonly Field[];
  /** Lists of single values, by key. */
  readonly lists: readonly { readonly key: string; readonly values: readonly string[] }[];
}

const ID = /^(?:id|uid|uuid|key|number|[\w-]*_id|id_|[a-z]+Id)$/;
const NAME = /^(?:[\w-]*_)?(?:name|filename|title|subject|label|path)$/i;
/** Does a key say that its value is what people call the thing? */
export const isNameKey = (key: string): boolean => NAME.test(key);

const MOST_RECORDS = 5000;
const DEEPEST = 12;
const LONGEST_FIELD = 2000;

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined);

/** All records in a value, the outer before the inner. */
export function recordsOf(value: unknown): readonly FlowRecord[] {
  const all: FlowRecord[] = [];
  const look = (one: unknown, depth: number): void => {
    if (typeof one !== 'object' || one === null || depth > DEEPEST || all.length >= MOST_RECORDS) return;
    if (Array.isArray(one)) return one.forEach((part) => look(part, depth + 1));
    const fields: Field[] = [];
    const lists: { key: string; values: readonly string[] }[] = [];
    for (const [key, inner] of Object.entries(one)) {
      const text = textOf(inner);
      if (text !== undefined && text.length <= LONGEST_FIELD) fields.push({ key, value: text, isId: ID.test(key), isName: isNameKey(key) });
      const parts = Array.isArray(inner) ? inner.map(textOf) : [];
      if (parts.length > 0 && parts.every((part) => part !== undefined)) lists.push({ key, values: parts });
    }
    if (fields.length > 0) all.push({ fields, lists });
    for (const inner of Object.values(one)) look(inner, depth + 1);
  };
  look(value, 0);
  return all;
}

/** Single values in lists, and keys: what a tool lists by name is a field, too. */
export function looseOf(value: unknown): readonly string[] {
  const all: string[] = [];
  const look = (one: unknown, depth: number): void => {
    if (typeof one !== 'object' || one === null || depth > DEEPEST || all.length >= MOST_RECORDS) return;
    for (const part of Array.isArray(one) ? one.map(textOf) : Object.keys(one)) if (part !== undefined && part.length <= LONGEST_FIELD) all.push(part);
    for (const inner of Object.values(one)) look(inner, depth + 1);
  };
  look(value, 0);
  return all;
}

/** The same thing read twice is one record: known by its id, where it has one, else by all its fields. */
function identityOf({ fields }: FlowRecord): string {
  const ids = fields.filter(({ isId }) => isId);
  return JSON.stringify((ids.length > 0 ? ids : fields).map(({ key, value }) => [key, value]));
}

export interface Named {
  readonly record: FlowRecord;
  readonly source: Source;
  /** As the person wrote it. */
  readonly name: string;
}

/**
 * The records that the person named, each by a name that no other record has.
 * @param touches what the asking tool works on; records of other things don't count.
 * @param touched values that this session itself wrote: what they name is not what the person saw.
 */
export function namedRecords(sources: readonly Source[], touches: readonly string[], touched: ReadonlySet<string>): readonly Named[] {
  const person = sources.filter(({ kind }) => kind === 'person');
  const byName = new Map<string, Map<string, Named>>();
  for (const source of sources) {
    for (const record of source.kind === 'person' || source.kind === 'endorsed' || !source.touches.some((thing) => touches.includes(thing)) ? [] : source.content.records) {
      for (const { value, isName } of record.fields) {
        if (!isName || value.length < 3 || !person.some(({ content }) => content.atoms.has(`quoted ${value}`) || content.atoms.has(`path ${value}`) || (value.includes(' ') && content.atoms.has(`name ${value}`)))) continue;
        const same = byName.get(value) ?? new Map<string, Named>();
        same.set(identityOf(record), { record, source, name: value });
        byName.set(value, same);
      }
    }
  }
  return [...byName.values()].filter((same) => same.size === 1).flatMap((same) => [...same.values()])
    .filter(({ record }) => !record.fields.some(({ value }) => touched.has(value)));
}
