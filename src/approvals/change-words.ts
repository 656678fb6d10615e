// One change of a file in words, and many of them counted. What leads out of the workspace is marked.
import type { Change } from '../model/effects.ts';
import { parentOf } from '../model/path.ts';
import { countWords, pathWords, sizeWords, type Line, type Tone } from './drawing.ts';

/** @param root the workspace's, absolute; empty when there is none. */
export function changeLine(change: Change, root: string): Line {
  const path = pathWords(change.path);
  switch (change.change) {
    case 'created':
    case 'changed':
      return madeLine(change, path, root);
    case 'deleted':
      return { tone: 'removed', lead: 'deleted', text: `${path} (${change.type})` };
    case 'renamed':
      return { tone: 'changed', lead: 'renamed', text: `${path} → ${pathWords(change.to)} (${change.type})` };
  }
}

type Made = Extract<Change, { change: 'created' | 'changed' }>;

function madeLine(change: Made, path: string, root: string): Line {
  const tone: Tone = change.change === 'created' ? 'added' : 'changed';
  if (change.only === 'mode') return { tone, lead: 'mode', text: `${path} ${modesWords(change)} (${change.type})` };
  if (change.only === 'times') return { tone, lead: 'times', text: `${path} (${change.type}; nothing else of it)${change.time === undefined ? '' : ` → ${timeWords(change.time)}`}` };
  if (change.target !== undefined) {
    const out = isOutward(change, root);
    const text = `${path} (link to ${pathWords(change.target)})`;
    return out ? { tone: 'warning', lead: change.change, text: `${text} ! it leads out of the workspace` } : { tone, lead: change.change, text };
  }
  return { tone, lead: change.change, text: `${path} (${factsOf(change)})` };
}

/** Whatever a file says of itself, also a year that no calendar has. */
function timeWords(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? `${Math.trunc(time / 1000)} seconds since 1970` : `${date.toISOString().replace('T', ' ').slice(0, -5)} UTC`;
}

function factsOf(change: Made): string {
  return [change.type, ...(change.type === 'file' ? [sizeWords(change.size)] : []), modesWords(change)].join(', ');
}

function modesWords({ mode, modeBefore }: Made): string {
  const now = mode.toString(8).padStart(4, '0');
  return modeBefore === undefined || modeBefore === mode ? now : `${modeBefore.toString(8).padStart(4, '0')} → ${now}`;
}

/** Does it make a link that leads out of the workspace? By its words alone: a link through another may too, and that one is marked itself or was there before. */
export function isOutward(change: Change, root: string): boolean {
  return (change.change === 'created' || change.change === 'changed') && change.only === undefined && change.target !== undefined && leadsOut(change.path, change.target, root);
}

function leadsOut(path: string, target: string, root: string): boolean {
  if (target.startsWith('/')) {
    const within = root !== '' && (target === root || target.startsWith(`${root}/`));
    return !within || climbsOut(target.slice(root.length));
  }
  return climbsOut(`${parentOf(path)}/${target}`);
}

function climbsOut(path: string): boolean {
  let depth = 0;
  for (const part of path.split('/')) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0) return true;
  }
  return false;
}

/** How many of each kind: `2 created, 1 changed, 1 mode only`. */
export function kindWords(changes: readonly Change[]): string {
  const counts = { created: 0, changed: 0, mode: 0, times: 0, deleted: 0, renamed: 0 };
  for (const change of changes) counts[change.change === 'changed' ? (change.only ?? 'changed') : change.change]++;
  return countWords([
    [counts.created, 'created'], [counts.changed, 'changed'], [counts.deleted, 'deleted'], [counts.renamed, 'renamed'],
    [counts.mode, 'with other permissions only'], [counts.times, 'with other times only'],
  ]);
}
