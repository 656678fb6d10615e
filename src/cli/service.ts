// A person's own command that stays: its output is followed until it ends, or is stopped from here or elsewhere. A port
// of it can be opened for a browser of this machine, on the person's word alone.
import { once } from 'node:events';
import { heedHalts } from '../loop/services.ts';
import type { Workbench } from '../loop/workbench.ts';
import type { Id } from '../model/id.ts';
import type { Context } from './command.ts';

/** @param port that it listens on inside; 0 opens none. */
export async function stay({ out, interrupt }: Context, bench: Workbench, id: Id, port: number): Promise<void> {
  const service = (await bench.hands.rehearsals.services()).get(id);
  if (service === undefined) return;
  const signal = interrupt();
  const decoder = new TextDecoder();
  const { next } = service.output(0);
  if (next === 0) out.note(out.style('dim', 'It runs, and has said nothing yet. Ctrl-C stops it.'));
  // Its action has ended, so nothing else hears of a stop or a cancel; one that came since is heard too.
  const [began] = bench.log.events({ action: id, types: ['action.ended'], limit: 1 });
  const over = new AbortController();
  const heeding = heedHalts(bench, began?.seq ?? bench.log.size() - 1, over.signal);
  const unheard = service.onOutput((chunk) => out.output(decoder.decode(chunk, { stream: true })));
  try {
    if (port > 0) out.note(`${out.style('bold', (await service.forward(port)).url)} leads to its port ${port}, as long as it runs.`);
    await Promise.race([service.ended, heeding, signal.aborted ? undefined : once(signal, 'abort')]);
    await service.stop();
  } finally {
    unheard();
    over.abort();
    await heeding;
  }
}
