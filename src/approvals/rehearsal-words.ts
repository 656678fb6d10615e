// How a rehearsal went and what it said: by this a person sees whether the command did its work at all.
import type { NetworkUse } from '../model/effects.ts';
import type { LimitHit } from '../model/outcome.ts';
import { grouped, oneLine, pathWords, sizeWords, someLines, textWords, type Line, type Part, type Reach } from './drawing.ts';

export interface Rehearsal {
  readonly exit: number | null;
  /** Empty or null: none ended it. */
  readonly signal: string | null;
  readonly limits: readonly LimitHit[];
  /** Milliseconds. */
  readonly duration: number;
  readonly output: string;
}

const LIMIT_WORDS: { readonly [limit in LimitHit]: string } = {
  time: 'it took too long', output: 'it printed too much', processes: 'it started too many processes', memory: 'it took too much memory', disk: 'it wrote too much', cancelled: 'it was cancelled',
};

/** @param lines of output at most: the last ones. */
export function rehearsalPart({ exit, signal, limits, duration, output }: Rehearsal, lines: number, rest: string): Part {
  // What a terminal writes ends its lines in two characters.
  const all = output.replaceAll('\r\n', '\n').replace(/\n+$/, '').split('\n');
  const said = output.trim() === '' ? [] : all.slice(-lines);
  const ended = signal === null || signal === '' ? (exit === null ? 'no exit code' : `exit ${exit}`) : `ended by ${oneLine(signal)}`;
  const shown = said.length === 0 ? 'no output' : said.length < all.length ? `the last ${grouped(said.length)} of ${grouped(all.length)} lines of output (all: ${rest})` : 'output';
  const well = exit === 0 && limits.length === 0;
  return {
    tone: well ? 'quiet' : 'warning',
    heading: `${well ? '' : '! '}rehearsed: ${[ended, ...limits.map((limit) => LIMIT_WORDS[limit]), timeWords(duration), shown].join(', ')}`,
    lines: said.map((line): Line => ({ tone: 'plain', text: `| ${textWords(line)}` })),
    verbatim: true,
  };
}

function timeWords(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** @param hosts asked for, each as `name:port`. */
export function networkPart(hosts: readonly string[], used: readonly NetworkUse[], reach: Reach): Part {
  if (hosts.length === 0 && used.length === 0) return { tone: 'quiet', heading: 'no network, nothing outside visible', lines: [] };
  const may = hosts.length === 0 ? 'network: no host may be reached' : `network: it may reach ${hosts.map((host) => pathWords(host)).join(', ')}, and nothing else`;
  const refused = used.filter(({ verdict }) => verdict === 'refused').length;
  const sum = used.length === 0 ? 'it asked for nothing' : `${grouped(used.length)} ${used.length === 1 ? 'request' : 'requests'}${refused === 0 ? '' : `, ${grouped(refused)} of them refused`}`;
  return { tone: refused > 0 || hosts.length > 0 ? 'warning' : 'plain', heading: `${refused > 0 ? '! ' : ''}${may}; ${sum}`, lines: someLines(used.toSorted((a, b) => Number(b.verdict === 'refused') - Number(a.verdict === 'refused')), reach, 'requests', useLine) };
}

function useLine({ method, host, port, path, status, sent, received, verdict, why }: NetworkUse): Line {
  const what = `${oneLine(method)} ${pathWords(`${host}:${port}${path ?? ''}`)}${path === null ? ' (encrypted)' : ''}`;
  if (verdict === 'refused') return { tone: 'removed', lead: 'refused', text: `${what}: ${oneLine(why)}` };
  return { tone: 'plain', text: `${what} → ${status ?? 'no status'}, ${sizeWords(sent)} out, ${sizeWords(received)} in` };
}
