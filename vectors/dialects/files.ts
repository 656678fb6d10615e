// Test support: the data files of this folder. One per server and quirk; adding a file adds a test.
import { readdirSync, readFileSync } from 'node:fs';
import type { Answer, Routes } from './server.ts';

export const CHAT = 'POST /v1/chat/completions';

/** What is expected of a reply. Everything that isn't said is expected to be empty; an id that isn't said may be any. */
export interface WantedReply {
  readonly text?: string;
  readonly reasoning?: string;
  readonly calls?: readonly { readonly id?: string; readonly name: string; readonly arguments: string }[];
  readonly finish: string;
  readonly usage?: { readonly prompt: number; readonly output: number };
  readonly model?: string;
  readonly notes: readonly string[];
}

export interface DialectFile {
  readonly file: string;
  /** A sentence: the test's name. */
  readonly says: string;
  readonly server: string;
  readonly dialect?: 'textgen' | 'llamacpp' | 'ollama' | 'lmstudio' | 'vllm' | 'generic';
  /** Names of the tools that the request offers. */
  readonly tools?: readonly string[];
  readonly limits?: { readonly [name: string]: number };
  readonly routes: Routes;
  readonly wanted?: string;
  /** What quickFind makes of it. */
  readonly endpoint?: { readonly model?: string; readonly locality?: string; readonly window?: number; readonly fault?: string };
  readonly expect:
    | { readonly reply: WantedReply }
    | { readonly fault: { readonly code: string; readonly words: string; readonly hint?: string; readonly reply?: WantedReply } }
    | { readonly found: { readonly dialect: string; readonly version?: string; readonly state: string; readonly models: readonly object[] } | null };
}

export function dialectFiles(): readonly DialectFile[] {
  return readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((file) => ({ ...(JSON.parse(readFileSync(`${import.meta.dirname}/${file}`, 'utf8')) as DialectFile), file }));
}

/** The chat answer of a file, where it is a single one. */
export function chatAnswer(file: DialectFile): Answer | undefined {
  const answer = file.routes[CHAT];
  return answer !== undefined && 'body' in answer ? answer : undefined;
}
