// A person's own command that stays: its output is followed until it ends or Ctrl-C stops it. A port of it can be
// opened for a browser of this machine, on the person's word alone.
import { once } from 'node:events';
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
  const unheard = service.onOutput((chunk) => out.output(decoder.decode(chunk, { stream: true })));
  try {
    if (port > 0) out.note(`${out.style('bold', (await service.forward(port)).url)} leads to its port ${port}, as long as it runs.`);
    await Promise.race([service.ended, signal.aborted ? undefined : once(signal, 'abort')]);
    await service.stop();
  } finally {
    unheard();
  }
}
