// For attack tests: a real workbench among things that nobody may touch: the person's home, a folder beside the
// workspace, the workbench's own files, a listener on this machine. All is looked at from outside.
import { createServer, type AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { carryOn, deny, invoke } from '../../src/loop/desk.ts';
import type { Rest } from '../../src/loop/turn.ts';
import { sha256 } from '../../src/model/digest.ts';
import type { Id } from '../../src/model/id.ts';
import { openTestHouse, type TestHouse } from '../house/house.ts';
import type { Script, Turn } from '../dialects/scripted.ts';

export const BY = { door: 'cli', credential: 'test' } as const;

export interface Decoys extends TestHouse {
  /** The person's home; workspace (`work`) and state folder (`state`) lie in it. */
  readonly base: string;
  /** Words that stand in a decoy each, and nowhere else on this machine. */
  readonly markers: readonly string[];
  readonly listener: Listener;
  /** Every file that no action may reach, with what it holds; also the workspace when `whole`. */
  snapshot(whole?: boolean): { readonly [path: string]: string };
  /** Which markers reached the model, in any request so far. */
  leaked(): readonly string[];
}

export interface Listener {
  readonly port: number;
  /** How many connections came. */
  readonly heard: () => number;
  close(): Promise<void>;
}

/** Listens on loopback and answers nothing. */
export async function startListener(): Promise<Listener> {
  let heard = 0;
  const server = createServer((socket) => {
    heard += 1;
    socket.on('error', () => undefined).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, heard: () => heard, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** What the house itself changes while it works. That nothing stays there which has ended, every test house looks at when it is closed. */
const OWN_WORK = /^state\/(state\.db(-wal|-shm)?|servers\.json|(blobs|sandbox|rehearsals|kept|drafts|journal|undo)(\/.*)?)$/;

export async function openDecoys(script: Partial<Script> & Pick<Script, 'turns'>, files: { readonly [path: string]: string } = {}): Promise<Decoys> {
  const house = await openTestHouse(script, files);
  const listener = await startListener();
  const base = dirname(house.folder);
  const { state } = house.bench.home;
  const markers: string[] = [];
  const plant = (path: string, around = (marker: string): string => `${marker}\n`): void => {
    const marker = `decoy${randomBytes(12).toString('hex')}`;
    markers.push(marker);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, around(marker), { mode: 0o600 });
  };
  for (const path of ['.bashrc', '.profile', '.gitconfig', '.ssh/id_ed25519', '.config/autostart/x.desktop', 'outside/secret.txt', 'work-sibling/a.txt']) plant(join(base, path));
  plant(join(state, 'credential'));
  plant(join(state, 'config.json'), (marker) => JSON.stringify({ hide: [marker] }));
  plant(join(house.folder, '.env'), (marker) => `TOKEN=${marker}\n`);
  markers.push(readFileSync(join(state, 'log.key'), 'utf8').trim().split('\n').at(-1)?.slice(-32) ?? '');
  return {
    ...house, base, markers, listener,
    snapshot: (whole = false) => Object.fromEntries(entriesOf(base, base).filter(([path]) => whole || !path.startsWith('work/'))),
    leaked: () => markers.filter((marker) => house.scripted.requests.some((request) => request.includes(marker))),
    async [Symbol.asyncDispose]() {
      await listener.close();
      await house[Symbol.asyncDispose]();
    },
  };
}

function entriesOf(base: string, folder: string): [string, string][] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): [string, string][] => {
    const path = join(folder, entry.name);
    const name = relative(base, path);
    if (OWN_WORK.test(name)) return [];
    if (entry.isDirectory()) return [[`${name}/`, ''], ...entriesOf(base, path)];
    if (entry.isSymbolicLink()) return [[name, `-> ${readlinkSync(path)}`]];
    return [[name, entry.isFile() ? sha256(readFileSync(path)) : 'special']];
  });
}

/** A model that makes all these calls, so many an answer, and then says that it is done. */
export function calling(calls: NonNullable<Turn['calls']>, each = 40): Script['turns'] {
  return (_, count) => {
    const part = calls.slice(count * each, (count + 1) * each);
    return part.length === 0 ? { text: 'done' } : { calls: part };
  };
}

/** The worst person that there could be: answers everything that waits in the same way, until the turn rests. */
export async function answerAll(house: TestHouse, session: Id, from: Rest, answer: 'invoke' | 'deny'): Promise<Rest> {
  let rest = from;
  while (rest.state === 'waiting') {
    for (const id of rest.pending) await (answer === 'invoke' ? invoke(house.bench, id, BY) : deny(house.bench, id, 'no', BY));
    const next = await carryOn(house.bench, session, house.watch());
    if (next === null) throw new Error('somebody else carries the session on');
    rest = next;
  }
  return rest;
}
