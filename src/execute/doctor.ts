// Looks at everything that the workbench needs and says what is missing and how to get it.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../audit/log.ts';
import { wordsOf } from '../model/fault.ts';
import type { Config } from '../storage/config.ts';
import { diskUse } from '../storage/disk.ts';
import type { Home } from '../storage/home.ts';
import { findContainment, type Check } from './containment.ts';
import { checkRehearsals } from './doctor-rehearsal.ts';
import { engineCommand, findEngine } from './engine-install.ts';
import type { Models } from './models.ts';

export interface Examined {
  readonly home: Home;
  readonly log: Log;
  readonly config: Config;
  readonly models: Models;
}

const LOW_SPACE = 1024 ** 3;

export async function checkAll({ home, log, config, models }: Examined): Promise<readonly Check[]> {
  const containment = await findContainment({ fresh: true, cacheFile: join(home.state, 'containment.json') });
  return [
    runtime(),
    ...folders(home),
    await space(home),
    record(log),
    ...containment.checks,
    ...(containment.sandbox === 'bwrap' ? await checkRehearsals(home, log) : []),
    await servers(config, models),
    engine(home),
  ];
}

function runtime(): Check {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major >= 24) return { id: 'node', status: 'ok', detail: `Node ${process.versions.node}` };
  return { id: 'node', status: 'fail', detail: `Node ${process.versions.node} is too old`, fix: 'start with ./pwb, which brings Node 24' };
}

function folders(home: Home): Check[] {
  return [...new Set([home.state, home.config])].map((folder) => {
    const mode = statSync(folder).mode & 0o777;
    return mode === 0o700 ? { id: 'state', status: 'ok', detail: `${folder} is private (0700)` } : { id: 'state', status: 'warn', detail: `${folder} has mode ${mode.toString(8)}`, fix: `chmod 700 '${folder}'` };
  });
}

async function space(home: Home): Promise<Check> {
  const { free, places } = await diskUse(home);
  const used = places.reduce((sum, { bytes }) => sum + bytes, 0);
  const most = places.toSorted((a, b) => b.bytes - a.bytes).slice(0, 3).map(({ name, bytes }) => `${name} ${megabytes(bytes)}`).join(', ');
  const words = `${megabytes(free)} free where the state lives, which takes ${megabytes(used)} (${most})`;
  return free < LOW_SPACE ? { id: 'disk', status: 'warn', detail: words, fix: 'free some space: when the log cannot be written, nothing runs' } : { id: 'disk', status: 'ok', detail: words };
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 ** 2)} MB`;
}

function record(log: Log): Check {
  try {
    const { size, root } = log.head();
    return { id: 'log', status: 'ok', detail: `${size} events, head ${root.slice(0, 16)}… (check all of it with \`pwb log verify\`)` };
  } catch (error) {
    return { id: 'log', status: 'fail', detail: wordsOf(error), fix: 'pwb log verify' };
  }
}

async function servers(config: Config, models: Models): Promise<Check> {
  const found = (await models.find()).filter(({ state }) => state === 'ready' || state === 'loading');
  if (found.length > 0) return { id: 'models', status: 'ok', detail: found.map(({ dialect, url }) => `${dialect} at ${url}`).join(', ') };
  if (config.models.some(({ file }) => file !== undefined && existsSync(file))) return { id: 'models', status: 'ok', detail: 'a GGUF file for the embedded engine' };
  return { id: 'models', status: 'warn', detail: 'no model server answers on this machine', fix: 'start one, or `pwb models add URL|FILE.gguf`; the practice model always works' };
}

function engine(home: Home): Check {
  if (findEngine(home.state) !== null) return { id: 'engine', status: 'ok', detail: 'the embedded engine is installed' };
  const command = engineCommand(home.state);
  return { id: 'engine', status: 'ok', detail: 'the embedded engine (optional, for GGUF files) is not installed', ...(command === null ? {} : { fix: command }) };
}
