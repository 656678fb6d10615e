// How files of rules stand in the log: their very words, and what checking them came to.
import type { Log } from '../audit/log.ts';
import { canonicalBytes, parseCanonical, type Json } from '../model/canonical.ts';
import type { LogEvent } from '../model/event.ts';
import { LAYERS, type RuleFile } from '../policy/cedar-file.ts';
import type { Checked } from '../policy/cedar-known.ts';

/** Canonical `[{name, layer, text}]`: the payload `rules`. */
export function filesBytes(files: readonly RuleFile[]): Uint8Array {
  return canonicalBytes(files.map(({ name, layer, text }) => ({ name, layer, text })));
}

/** The payload `checked`, by which a later process need not check the same words again. */
export function checkedBytes(checked: Checked): Uint8Array {
  // Through JSON, which leaves out what is not there.
  return canonicalBytes(JSON.parse(JSON.stringify(checked)) as Json);
}

/** Null: there is none, or it was erased. */
export function bytesOf(log: Log, { payloads }: LogEvent, name: string): Buffer | null {
  const digest = payloads[name]?.digest;
  const bytes = digest === undefined ? null : log.read(digest);
  return bytes === null ? null : Buffer.from(bytes);
}

/** The files that an event of rules names; null where their words were erased, or one of them is no file of rules. */
export function filesOf(log: Log, event: LogEvent): readonly RuleFile[] | null {
  const bytes = bytesOf(log, event, 'rules');
  const value = bytes === null ? null : parseCanonical(bytes);
  const files = Array.isArray(value) ? value.map(fileOf) : [null];
  return files.every((file) => file !== null) ? files : null;
}

function fileOf(value: Json): RuleFile | null {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('layer' in value) || !('text' in value)) return null;
  const { name, text } = value;
  const layer = LAYERS.find((one) => one === value.layer);
  return typeof name === 'string' && typeof text === 'string' && layer !== undefined ? { name, layer, text } : null;
}
