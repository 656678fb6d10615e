// Asks a person at the terminal, one card at a time: i invokes, e edits and invokes, d denies with a reason,
// l leaves it for later. Anything else asks again; the end of input is never a yes.
import { createInterface } from 'node:readline/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { readAction, type ActionRow } from '../approvals/actions.ts';
import { recordShown } from '../approvals/answer.ts';
import { cardOf, type Card } from '../approvals/card.ts';
import type { Pace } from '../approvals/pace.ts';
import { pacePayload, readPace, TERMINAL } from '../approvals/yeses.ts';
import { editText } from '../execute/editor.ts';
import { deny, edit, foreseeEdit, invoke } from '../loop/desk.ts';
import type { Workbench } from '../loop/workbench.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { visible } from '../model/visible.ts';
import { argumentsOf } from '../tools/arguments-of.ts';
import { drawCard } from './card.ts';
import type { Context } from './command.ts';
import type { Out } from './out.ts';

/** What a person wrote into it is theirs, which nobody has looked at yet. */
const UNTOLD = { origins: null, handles: [], shaped: [] } as const;
const BY = { door: 'cli', credential: TERMINAL } as const;

/** Returns false when the person left something for later. */
export async function askKeys(context: Context, bench: Workbench, pending: readonly Id[], out: Out): Promise<boolean> {
  for (const [at, id] of pending.entries()) {
    const row = readAction(bench.log.store.db, id);
    if (row.state !== 'pending') continue; // Answered at another door meanwhile.
    const card = cardOf(bench.log, row);
    await recordShown(bench.log, id, 'cli', drawCard(card, bench.world(card.session).profile, { style: (_, text) => text }));
    out.line('');
    out.line(drawCard(card, bench.world(card.session).profile, out));
    if (pending.length > 1) out.line(out.style('dim', `  ${at + 1} of ${pending.length}`));
    if (!(await answerOne(context, bench, card, row, out))) return false;
  }
  return true;
}

/** @param row as it was when the card was drawn: the yes is for that and nothing else. */
async function answerOne(context: Context, bench: Workbench, card: Card, row: ActionRow, out: Out): Promise<boolean> {
  for (;;) {
    const key = await readKey(`  ${out.style('accent', '[i]')}nvoke  ${out.style('accent', '[e]')}dit  ${out.style('accent', '[d]')}eny  ${out.style('accent', '[l]')}ater `, context.interrupt());
    try {
      switch (key) {
        case 'i': {
          const pace = readPace(bench.log, bench.clock.now(), row);
          if (pace.wait > 0) {
            await slow(pace, out, context.interrupt());
            break;
          }
          await invoke(bench, card.id, BY, row, undefined, pacePayload(pace));
          return true;
        }
        case 'd': {
          const why = await readLine('  why (the model hears it): ', context.interrupt());
          if (why === null) break;
          await deny(bench, card.id, why, BY);
          return true;
        }
        case 'e':
          if (await editOne(bench, card, row, out, context.interrupt())) return true;
          break;
        case 'l':
        case '\u0003':
        case '\u0004':
        case 'q':
          return false;
        default:
          out.note('  i, e, d or l');
      }
    } catch (error) {
      // Somebody was quicker, or it would do something else now: this card is over, and what waits is shown anew.
      if (error instanceof Fault && (error.code === 'action.not-waiting' || error.code === 'action.changed')) {
        out.note(`  ${visible(wordsOf(error))}`);
        return true;
      }
      if (!(error instanceof Fault)) throw error;
      out.note(`  ${visible(error.message)}`);
    }
  }
}

/** After a burst of yeses: the card is looked at for a moment, then it is asked about again. */
async function slow({ wait, words }: Pace, out: Out, signal: AbortSignal): Promise<void> {
  out.note(`  ${words}`);
  await pause(wait, undefined, { signal }).catch(() => undefined);
}

async function editOne(bench: Workbench, card: Card, row: ActionRow, out: Out, signal: AbortSignal): Promise<boolean> {
  const now = argumentsOf(card.action);
  if (now === undefined) return false;
  const before = `${JSON.stringify(now.args, null, 2)}\n`;
  const text = await editText(before);
  if (text.trim() === before.trim()) {
    out.note('  nothing was changed');
    return false;
  }
  const edited = await foreseeEdit(bench, card.id, text);
  const changed = { ...card, action: edited.changed.action, effects: edited.effects, editedFrom: card.id, ...UNTOLD };
  await recordShown(bench.log, card.id, 'cli', drawCard(changed, bench.world(card.session).profile, { style: (_, words) => words }));
  out.line(drawCard(changed, bench.world(card.session).profile, out));
  const key = await readKey(`  ${out.style('accent', '[i]')}nvoke this version, any other key goes back `, signal);
  if (key !== 'i') return false;
  const pace = readPace(bench.log, bench.clock.now(), row);
  if (pace.wait > 0) await slow(pace, out, signal);
  if (signal.aborted) return false;
  await edit(bench, card.id, edited, BY, pacePayload(pace));
  return true;
}

/** Milliseconds in which keys that were pressed before the question was there arrive; they answer nothing. */
const TYPED_AHEAD = 50;

/** One key. More than one at once (a paste, an arrow) is none of ours. */
async function readKey(prompt: string, signal: AbortSignal): Promise<string> {
  const { stdin, stderr } = process;
  stdin.setRawMode(true);
  try {
    await nextData(signal, TYPED_AHEAD);
    stderr.write(prompt);
    const keys = await nextData(signal);
    const key = keys.length > 1 ? '' : keys;
    stderr.write(/^[\x20-\x7e]$/.test(key) ? `${key}\n` : '\n');
    return key;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
  }
}

/** What comes next; `l` at the end of input. With `within`: all that comes in that time is dropped. */
function nextData(signal: AbortSignal, within?: number): Promise<string> {
  const { stdin } = process;
  if (signal.aborted || stdin.readableEnded) return Promise.resolve('l');
  return new Promise((resolve) => {
    const done = (keys: string): void => {
      clearTimeout(timer);
      stdin.off('data', onData);
      stdin.off('end', onEnd);
      signal.removeEventListener('abort', onEnd);
      resolve(keys);
    };
    const onData = (data: Buffer): void => {
      if (within === undefined) done(data.toString('utf8'));
    };
    const onEnd = (): void => done('l');
    const timer = within === undefined ? undefined : setTimeout(() => done(''), within);
    stdin.on('data', onData);
    stdin.once('end', onEnd);
    signal.addEventListener('abort', onEnd, { once: true });
    stdin.resume();
  });
}

/** A line; null when the person changed their mind (Ctrl-C, the end of input). */
async function readLine(prompt: string, signal: AbortSignal): Promise<string | null> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const left = new AbortController();
  lines.once('SIGINT', () => left.abort());
  lines.once('close', () => left.abort());
  try {
    return (await lines.question(prompt, { signal: AbortSignal.any([signal, left.signal]) })).trim();
  } catch {
    process.stderr.write('\n');
    return null;
  } finally {
    lines.close();
  }
}
