// Arguments as a model sends them: text that should be a JSON object. Slips that can't change the meaning
// are mended (nothing for {}, null for an absent option, "5" for 5); all else is refused with words.
import type { JsonSchema, Property } from './tool.ts';
import { jsonTrouble } from './json.ts';

/** Longest accepted argument text, in bytes. */
export const ARGUMENT_BYTES = 8 * 1024 * 1024;

type Values = { readonly [key: string]: unknown };
export type ArgumentsRead = { readonly ok: true; readonly value: Values } | { readonly ok: false; readonly error: string };

/** Parses, mends harmless slips and names every key that is missing, unknown or of the wrong type. */
export function readArguments(tool: string, text: string, schema: JsonSchema): ArgumentsRead {
  if (text.length > ARGUMENT_BYTES || Buffer.byteLength(text) > ARGUMENT_BYTES) {
    return refuse(`${tool}: the arguments are longer than 8 MiB; do it in smaller steps`);
  }
  const parsed = parse(text);
  if (!parsed.ok) return refuse(`${tool}: ${parsed.error}`);
  const value: Record<string, unknown> = Object.create(null);
  const wrong: string[] = [];
  for (const [key, given] of Object.entries(parsed.value)) {
    const property = Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
    if (property === undefined) wrong.push(unknownKey(key, schema));
    else if (given === null && !schema.required.includes(key)) continue;
    else {
      const trouble = typeTrouble(key, (value[key] = mend(given, property)), property);
      if (trouble !== '') wrong.push(trouble);
    }
  }
  for (const key of schema.required) {
    if (!Object.hasOwn(parsed.value, key)) wrong.push(`${key} is missing`);
  }
  if (wrong.length === 0) return { ok: true, value };
  return refuse(`${tool}: ${wrong.slice(0, 8).join('; ')}. Arguments: ${usage(schema)}`);
}

function parse(text: string): ArgumentsRead {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === 'null') return { ok: true, value: {} };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse(`the arguments aren't JSON: ${jsonTrouble(text)}`);
  }
  if (typeof value === 'string') return refuse('the arguments are a JSON string; send the object itself');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('the arguments must be one JSON object');
  return { ok: true, value: { ...value } };
}

function mend(given: unknown, { type }: Property): unknown {
  if (typeof given !== 'string') return given;
  if (type === 'integer' && /^-?\d{1,15}$/.test(given)) return Number(given);
  if (type === 'boolean' && (given === 'true' || given === 'false')) return given === 'true';
  return given;
}

function typeTrouble(key: string, given: unknown, { type }: Property): string {
  switch (type) {
    case 'string':
      if (typeof given !== 'string') return `${key} must be a string`;
      if (!given.isWellFormed()) return `${key} holds half of a surrogate pair`;
      return given.includes('\0') ? `${key} holds a NUL character` : '';
    case 'integer':
      return Number.isSafeInteger(given) ? '' : `${key} must be a whole number`;
    case 'boolean':
      return typeof given === 'boolean' ? '' : `${key} must be true or false`;
  }
}

/** Names that models carry over from other tools. They are not accepted, but the error says ours. */
const OTHER_NAMES: { readonly [ours: string]: readonly string[] } = {
  path: ['file', 'filename', 'file_path', 'filepath', 'dir', 'directory', 'folder', 'source', 'src', 'from_path'],
  old: ['old_string', 'old_str', 'oldtext', 'old_text', 'search', 'find', 'target'],
  new: ['new_string', 'new_str', 'newtext', 'new_text', 'replace', 'replacement'],
  all: ['replace_all', 'global'],
  content: ['contents', 'text', 'data', 'body', 'file_text'],
  pattern: ['query', 'regex', 'regexp', 'search', 'text', 'q'],
  glob: ['include', 'file_pattern', 'filter'],
  literal: ['fixed', 'fixed_strings'],
  ignore_case: ['case_insensitive', 'ignorecase', 'i'],
  to: ['destination', 'dest', 'target', 'new_path', 'end', 'end_line', 'limit', 'last'],
  from: ['start', 'start_line', 'offset', 'line', 'first', 'handle'],
  url: ['uri', 'link', 'href', 'address', 'page'],
  keep: ['unread', 'store'],
  depth: ['recursive', 'max_depth', 'levels'],
  command: ['cmd', 'script', 'argv', 'shell', 'code'],
  cwd: ['workdir', 'working_directory', 'dir', 'directory', 'path'],
  timeout: ['timeout_ms', 'time_limit', 'timeout_seconds'],
  readonly: ['read_only', 'sandbox'],
};

function unknownKey(key: string, schema: JsonSchema): string {
  const plain = key.toLowerCase();
  const ours = Object.keys(schema.properties).find((name) => name === plain || OTHER_NAMES[name]?.includes(plain) === true);
  const shown = JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key);
  return ours === undefined ? `there is no argument ${shown}` : `there is no argument ${shown}, say ${ours}`;
}

function usage(schema: JsonSchema): string {
  return Object.entries(schema.properties).map(([key, { type }]) => `${key}${schema.required.includes(key) ? '' : '?'} (${type})`).join(', ');
}

function refuse(error: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error };
}
