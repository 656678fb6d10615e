// The configuration: one JSON file that a person may edit. Strict: an unknown key or a wrong value is an error
// with its place, never ignored. No action can reach it, and it never holds a secret's value.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { PROFILES } from '../model/profile.ts';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';
import { issueWords } from './config-words.ts';
import type { Home } from './home.ts';

const name = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,99}$/, 'use letters, digits and . _ : / @ -'));
const count = z.int().check(z.positive());

const Model = z.strictObject({
  name,
  /** Base URL of an OpenAI-compatible server; absent for a GGUF file. */
  url: z.optional(z.string()),
  /** What the server calls the model; absent: whatever it has loaded. */
  model: z.optional(z.string()),
  /** A GGUF file for the embedded engine, with the SHA-256 that it must have. */
  file: z.optional(z.string()),
  sha256: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'))),
  /** Name of the environment variable that holds the key; it is sent to this URL's origin only. */
  keyEnv: z.optional(z.string().check(z.regex(/^[A-Z_][A-Z0-9_]*$/, 'must be the name of an environment variable'))),
  /** Context window in tokens, where the server doesn't say. */
  window: z.optional(count),
});

const Budgets = z.strictObject({ steps: z._default(count, 40), tokens: z._default(count, 400_000), pendingHours: z._default(count, 24) });
const Undo = z.strictObject({ days: z._default(count, 30), megabytes: z._default(count, 2048) });
const Limits = z.strictObject({ seconds: z.optional(count), outputBytes: z.optional(count), processes: z.optional(count), memoryBytes: z.optional(count), diskBytes: z.optional(count) });

export const Config = z.strictObject({
  models: z._default(z.array(Model), []),
  /** Name of the model that is asked when none is named. */
  model: z.optional(name),
  /** Origins of model servers that may be asked although they are not on this machine. */
  remote: z._default(z.array(z.string()), []),
  /** Folders of toolchains in the person's home, mounted read-only in the sandbox. */
  toolchains: z._default(z.array(z.string()), []),
  /** More names of files that hold secrets, as globs. */
  hide: z._default(z.array(z.string()), []),
  /** More files of a workspace that are from outside, by name, as globs. */
  outside: z._default(z.array(z.string()), []),
  /** How much is asked, and when: draft, step, strict or sealed. */
  profile: z._default(z.enum(PROFILES), 'step'),
  budgets: z._default(Budgets, { steps: 40, tokens: 400_000, pendingHours: 24 }),
  limits: z._default(Limits, {}),
  /** What landings replaced is kept for undo: for so many days, and at most so much. */
  undo: z._default(Undo, { days: 30, megabytes: 2048 }),
});

export type Config = z.infer<typeof Config>;
export type ModelConfig = z.infer<typeof Model>;

const KNOWN = [Config, Model, Budgets, Limits, Undo].flatMap(({ shape }) => Object.keys(shape));
const FILE = 'config.json';

export function configFile(home: Home): string {
  return join(home.config, FILE);
}

/** Read the configuration; none is the default one. Throws `config.broken` with place and next step. */
export function readConfig(home: Home): Config {
  const file = configFile(home);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return Config.parse({});
    throw new Fault('config.unreadable', `${file} can't be read: ${wordsOf(error)}`, `make it readable: chmod 600 ${file}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Fault('config.broken', `${file} is not JSON: ${wordsOf(error)}`, 'mend it, or move it away to start with the defaults', { cause: error });
  }
  const parsed = Config.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Fault('config.broken', `${file}: ${issueWords(parsed.error.issues, KNOWN)}`, 'mend it, or move it away to start with the defaults');
}

/**
 * The configuration as the file says now: read again whenever it has changed, so that what a person takes back, by hand
 * or in another process, is gone with the next question. Throws as `readConfig`, also later: a broken file allows nothing.
 */
export function liveConfig(home: Home): () => Config {
  const file = configFile(home);
  const stampOf = (): string => {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
  };
  let stamp = stampOf();
  let config = readConfig(home);
  return () => {
    const now = stampOf();
    if (now !== stamp) {
      config = readConfig(home);
      stamp = now;
    }
    return config;
  };
}

/** Write the configuration whole: temp file, fsync, rename. Throws `config.value` before anything is written. */
export function writeConfig(home: Home, config: Config): void {
  const file = configFile(home);
  const parsed = Config.safeParse(config);
  if (!parsed.success) throw new Fault('config.value', `that can't be configured: ${issueWords(parsed.error.issues, KNOWN)}`, 'change what you asked for; nothing was written');
  const text = `${JSON.stringify(parsed.data, null, 2)}\n`;
  try {
    const temp = `${file}.${process.pid}.tmp`;
    const descriptor = openSync(temp, 'w', 0o600);
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temp, file);
  } catch (error) {
    throw new Fault('config.unwritable', `${file} can't be written: ${wordsOf(error)}`, 'check the folder and the free space', { cause: error });
  }
}
