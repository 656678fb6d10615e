// For tests of rehearsals: a workspace and a folder for views, runs in it, and a look from outside at the real
// workspace, at what is mounted, and at what is left.
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { removeTree } from '../../src/execute/overlay-remove.ts';
import { canRehearse, rehearseRun, type Rehearsed, type RehearseOptions, type View } from '../../src/execute/rehearse.ts';
import { rehearseInCopy, type CopyPlace, type CopyRehearsed } from '../../src/execute/rehearse-copy.ts';
import { planSandbox, type SandboxSpec } from '../../src/execute/sandbox.ts';
import type { Change } from '../../src/model/effects.ts';
import { makeWorld, noSandbox, type World } from '../sandbox/world.ts';
import { fastFolder } from '../fast.ts';

export interface Stage {
  readonly world: World;
  readonly view: View;
  /** A line of shell in the real workspace. */
  real(line: string): void;
  /** A line of shell in a rehearsal, discarded at the end of the stage unless that was done before. */
  sh(line: string, more?: Partial<SandboxSpec>, options?: Partial<RehearseOptions>, view?: View): Promise<Played>;
  /** The same in a full copy. */
  inCopy(line: string, more?: Partial<SandboxSpec>, place?: Partial<CopyPlace>): Promise<Copied>;
  /** The real workspace as text: types, modes, times, content. */
  picture(): string;
  end(): Promise<void>;
}

export interface Played extends Rehearsed {
  readonly text: string;
  readonly lines: readonly string[];
}

export interface Copied extends CopyRehearsed {
  readonly text: string;
  readonly lines: readonly string[];
}

export async function noRehearsal(): Promise<string | false> {
  const sandbox = await noSandbox();
  if (sandbox !== false) return sandbox;
  const top = mkdtempSync(join(realpathSync(fastFolder()), 'pwb-rehearse-probe-'));
  mkdirSync(join(top, 'root'));
  const can = await canRehearse(join(top, 'root'), join(top, 'views'));
  await removeTree(top);
  return can.ok ? false : `no rehearsal on this machine: ${can.why}`;
}

export async function makeStage(): Promise<Stage> {
  const world = await makeWorld();
  const view: View = { root: world.root, lower: [], folder: join(world.outside, 'views') };
  mkdirSync(view.folder, { mode: 0o700 });
  const made: Pick<Rehearsed, 'discard'>[] = [];
  return {
    world,
    view,
    real: (line) => void execFileSync('/bin/sh', ['-c', line], { cwd: world.root, stdio: 'ignore' }),
    async sh(line, more, options, other = view) {
      const spec = world.spec(['/bin/sh', '-c', line], more);
      const rehearsed = await rehearseRun(spec, await planSandbox(spec, world.containment), other, world.containment, { signal: new AbortController().signal, ...options });
      made.push(rehearsed);
      return { ...rehearsed, text: Buffer.from(rehearsed.result.output).toString('utf8'), lines: rehearsed.effects.changes.map(lineOf) };
    },
    async inCopy(line, more, place) {
      const spec = world.spec(['/bin/sh', '-c', line], more);
      const rehearsed = await rehearseInCopy(spec, world.containment, { folder: view.folder, ...place }, { signal: new AbortController().signal });
      made.push(rehearsed);
      return { ...rehearsed, text: Buffer.from(rehearsed.result.output).toString('utf8'), lines: rehearsed.effects.changes.map(lineOf) };
    },
    picture: () => pictureOf(world.root),
    async end() {
      for (const one of made) await one.discard();
      world.end();
    },
  };
}

/** `created file a.txt 644`, `renamed file a.txt to b.txt`, `changed file c 755 mode`. */
export function lineOf(change: Change): string {
  switch (change.change) {
    case 'created':
    case 'changed': {
      const what = change.type === 'link' ? `to ${change.target ?? ''}` : change.mode.toString(8);
      return `${change.change} ${change.type} ${change.path} ${what}${change.only === undefined ? '' : ` ${change.only}`}`;
    }
    case 'deleted':
      return `deleted ${change.type} ${change.path}`;
    case 'renamed':
      return `renamed ${change.type} ${change.path} to ${change.to}`;
  }
}

export function pictureOf(folder: string, path = ''): string {
  return readdirSync(join(folder, path), 'latin1').toSorted().map((name) => {
    const inner = join(path, name);
    const full = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(inner, 'latin1')]);
    const stat = lstatSync(full, { bigint: true });
    const line = `${inner} ${stat.mode.toString(8)} ${stat.mtimeNs} `;
    if (stat.isDirectory()) return `${line}\n${pictureOf(folder, inner)}`;
    return `${line}${stat.isSymbolicLink() ? readlinkSync(full) : stat.isFile() ? readFileSync(full, 'latin1') : ''}\n`;
  }).join('');
}

/** Mount points of this machine, as this process sees them. */
export function mountPoints(): readonly string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8').split('\n').map((line) => line.split(' ')[4] ?? '');
}
