// Where events were edited, inserted, deleted or moved: the lines that are there, aligned with the leaf hashes that
// were signed. Only used once it is known that they differ.
import { eachLine } from './lines.ts';
import { leafOf } from './leaves.ts';
import type { Findings } from './report.ts';
import type { Raw } from './tree.ts';

const FILE = 'events.jsonl';

/** @param leaves the hashes under the signed root, in order. */
export async function locate(path: string, leaves: readonly Raw[], findings: Findings): Promise<void> {
  const positions = new Map(leaves.map((leaf, seq) => [leaf, seq]));
  const lines: number[] = [];
  // -1: a line that was never signed.
  await eachLine(path, (line) => lines.push(positions.get(leafOf(line)) ?? -1));
  report(lines, leaves.length, findings);
}

function report(lines: readonly number[], size: number, findings: Findings): void {
  const inOrder = longestRise(lines);
  const elsewhere = new Set(lines.filter((seq, at) => seq !== -1 && !inOrder.has(at)));
  const kept = new Set([...inOrder].map((at) => lines[at] ?? -1));
  let seq = 0;
  let strangers: number[] = [];
  // Between two lines that stand where they should: lines that were never signed, and events that have no line.
  const settle = (next: number): void => {
    const gone = rangeOf(seq, next).filter((missing) => !elsewhere.has(missing));
    const edited = Math.min(gone.length, strangers.length);
    for (let at = 0; at < edited; at += 1) found('event.edited', gone[at] ?? -1, strangers[at]);
    for (const line of strangers.slice(edited)) found('event.inserted', -1, line);
    const isTail = next === size && strangers.length === 0 && gone.length > 0;
    for (const missing of gone.slice(edited)) found(isTail ? 'event.truncated' : 'event.deleted', missing);
    strangers = [];
  };
  const found = (code: 'event.edited' | 'event.inserted' | 'event.deleted' | 'event.truncated' | 'event.moved', event: number, line?: number): void => {
    findings.add(code, WORDS[code](event, line ?? 0), { file: FILE, ...(line === undefined ? {} : { line }), ...(event === -1 ? {} : { seq: event }) });
  };
  lines.forEach((event, at) => {
    if (event === -1) strangers.push(at + 1);
    else if (inOrder.has(at)) {
      settle(event);
      seq = event + 1;
    } else if (kept.has(event)) found('event.inserted', event, at + 1);
    else found('event.moved', event, at + 1);
  });
  settle(size);
}

const WORDS = {
  'event.edited': (seq: number, line: number) => `line ${line} is not event ${seq} as it was signed`,
  'event.inserted': (_: number, line: number) => `line ${line} was never signed, or stands there a second time`,
  'event.deleted': (seq: number) => `event ${seq} is missing`,
  'event.truncated': (seq: number) => `event ${seq} was cut off at the end`,
  'event.moved': (seq: number, line: number) => `line ${line} holds event ${seq}, which belongs elsewhere`,
} as const;

function rangeOf(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
}

/** The places of a longest strictly rising run of known lines (patience sorting, O(n log n)). */
function longestRise(lines: readonly number[]): Set<number> {
  const tops: number[] = [];
  const before = new Int32Array(lines.length).fill(-1);
  lines.forEach((seq, at) => {
    if (seq === -1) return;
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lines[tops[middle] ?? 0] ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    before[at] = tops[low - 1] ?? -1;
    tops[low] = at;
  });
  const rise = new Set<number>();
  for (let at = tops.at(-1) ?? -1; at !== -1; at = before[at] ?? -1) rise.add(at);
  return rise;
}
