// For tests: a real workbench on a fresh state folder and workspace, with a scripted model server.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openWorkbench } from '../../src/main.ts';
import { openSession } from '../../src/loop/desk.ts';
import { say, type Rest } from '../../src/loop/turn.ts';
import type { Workbench } from '../../src/loop/workbench.ts';
import { addWorkspace, type Workspace } from '../../src/loop/workspaces.ts';
import type { LogEvent } from '../../src/model/event.ts';
import type { Live, Watch } from '../../src/model/live.ts';
import { layFound } from '../sandbox/found.ts';
import { startScripted, type Script, type Scripted } from '../dialects/scripted.ts';

export interface TestHouse {
  readonly bench: Workbench;
  readonly workspace: Workspace;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly scripted: Scripted;
  readonly heard: Live[];
  watch(signal?: AbortSignal): Watch;
  /** Ask in a new session. */
  ask(text: string, signal?: AbortSignal): Promise<{ readonly session: string; readonly rest: Rest }>;
  /** A second process would see just this: the same state, opened anew. */
  reopen(): Promise<Workbench>;
  types(from?: number): string[];
  events(): LogEvent[];
  file(path: string): string;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openTestHouse(script: Partial<Script> & Pick<Script, 'turns'>, files: { readonly [path: string]: string } = {}): Promise<TestHouse> {
  const base = mkdtempSync(join(tmpdir(), 'pwb-house-'));
  const folder = join(base, 'work');
  for (const [path, content] of Object.entries({ 'a.txt': 'alpha\nbeta\n', ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const scripted = await startScripted({ dialect: 'llamacpp', ...script });
  const env = { PATH: process.env['PATH'], HOME: base, PWB_HOME: join(base, 'state'), PWB_MODEL_URL: scripted.url };
  layFound(env.PWB_HOME);
  // A model's server that nobody closes keeps the test's process for good.
  const orClose = async <T>(work: () => Promise<T>): Promise<T> => work().catch(async (error: unknown) => {
    await scripted.close();
    throw error;
  });
  const bench = await orClose(() => openWorkbench(env));
  const open = [bench];
  const workspace = await orClose(() => addWorkspace(bench.log, bench.home, folder, 'cli'));
  const heard: Live[] = [];
  const watch = (signal: AbortSignal = new AbortController().signal): Watch => ({ signal, hear: (live) => void heard.push(live) });
  const events = (): LogEvent[] => bench.log.events({ limit: 100_000 });
  return {
    bench, workspace, folder, env, scripted, heard, watch, events,
    async ask(text, signal) {
      const session = openSession(bench, workspace, scripted.url, text, 'cli', true);
      return { session, rest: await say(bench, session, text, watch(signal), true) };
    },
    async reopen() {
      const again = await openWorkbench(env);
      open.push(again);
      return again;
    },
    types: (from = 0) => events().filter(({ seq }) => seq >= from).map(({ body }) => body.type),
    file: (path) => readFileSync(join(folder, path), 'utf8'),
    async [Symbol.asyncDispose]() {
      try {
        await closeAll(open);
      } finally {
        await scripted.close();
        rmSync(base, { recursive: true, force: true });
      }
    },
  };
}

/** INVARIANT: of an action that has ended, nothing stays in the house's own folders past the next start; of a view, nothing past its process. */
async function closeAll([first, ...others]: readonly Workbench[]): Promise<void> {
  for (const one of others) await one.close();
  if (first === undefined) return;
  const { log: { store }, home: { state }, hands } = first;
  await first.log.settle();
  const waits = store.db.prepare(`SELECT id FROM actions JOIN rehearsals ON rehearsals.action = actions.id WHERE actions.state <> 'ended'`).all().map((row) => String(row['id']));
  // As a start does.
  hands.rehearsals.sweep();
  await first.close();
  const left = (name: string): readonly string[] => (existsSync(join(state, name)) ? readdirSync(join(state, name)) : []);
  assert.deepEqual(left('kept').filter((id) => !waits.includes(id)), [], 'kept of what has ended');
  assert.deepEqual([left('rehearsals'), left('journal')], [[], []], 'left of what is over');
}

/** What the model was told last, as it came over the wire. */
export function lastMessages(scripted: Scripted): readonly { readonly role: string; readonly content: string }[] {
  return (JSON.parse(scripted.requests.at(-1) ?? '{"messages":[]}') as { messages: { role: string; content: string }[] }).messages;
}
