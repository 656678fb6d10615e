// pwb show ID --bytes: the place in what an action read where a card says that a value was found, with lines around it.
import type { Card } from '../approvals/card.ts';
import { grouped } from '../approvals/drawing.ts';
import { excerptOf, type Bytes, type ExcerptLine } from '../approvals/source-words.ts';
import { titleOf } from '../approvals/title.ts';
import { Fault } from '../model/fault.ts';
import type { Out } from './out.ts';

/** @param words as a card prints them: `120-141`, of UTF-8 bytes from and behind. Throws `show.bytes`. */
export function showBytes(card: Card, words: string, json: boolean, out: Out): void {
  const bytes = bytesOf(words);
  if (card.result === null) throw new Fault('show.bytes', `action ${card.id} has no result`, `see it: pwb show ${card.id}`);
  const found = excerptOf(card.result, bytes, card.action);
  if (found === null) throw new Fault('show.bytes', `the result of action ${card.id} has no such text`, `see it: pwb show ${card.id}`);
  if (json) {
    out.json({ id: card.id, bytes, ...found });
    return;
  }
  out.line(out.style('bold', `${titleOf(card.action)}  bytes ${grouped(bytes[0])} to ${grouped(bytes[1])} of its result`));
  if (found.above > 0) out.line(out.style('dim', `        ${grouped(found.above)} ${found.above === 1 ? 'line' : 'lines'} above`));
  for (const line of found.lines) for (const drawn of lineWords(line, out)) out.line(drawn);
  if (found.below > 0) out.line(out.style('dim', `        ${grouped(found.below)} ${found.below === 1 ? 'line' : 'lines'} below`));
}

/** Marked by a colour where there are any, and by a line under it everywhere. */
function lineWords({ number, before, marked, after }: ExcerptLine, out: Out): string[] {
  const head = `${marked === '' ? ' ' : '>'} ${(number === null ? '' : String(number)).padStart(5)} | `;
  const line = `${head}${before}${marked === '' ? '' : out.style('yellow', marked)}${after}`;
  return marked === '' ? [line] : [line, `${' '.repeat(head.length - 2)}| ${' '.repeat(cells(before))}${out.style('yellow', '^'.repeat(cells(marked)))}`];
}

function cells(text: string): number {
  return Array.from(text).length;
}

function bytesOf(words: string): Bytes {
  const [, from = '', behind = ''] = /^(\d{1,12})-(\d{1,12})$/.exec(words) ?? [];
  if (from === '' || Number(from) >= Number(behind)) throw new Fault('show.bytes', '--bytes needs two numbers, the second the larger one', 'a card says them behind what was found: --bytes 120-141');
  return [Number(from), Number(behind)];
}
