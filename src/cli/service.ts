// A person's own command that stays: its output is followed until it ends, or is stopped from here or elsewhere. A port
// of it can be opened for a browser of this machine, on the person's word alone.
import { once } from 'node:events';
import { heedHalts } from '../loop/services.ts';
import { readAction, textOf } from '../approvals/actions.ts';
import type { Workbench } from '../loop/workbench.ts';
import type { Id } from '../model/id.ts';
import { visible } from '../model/visible.ts';
import { EXIT, type Context } from './command.ts';

/** @param port that it listens on inside; 0 opens none. */
export async function stay({ out, interrupt }: Context, bench: Workbench, id: Id, port: number): Promise<number> {
  const service = (await bench.hands.rehearsals.services()).get(id);
  if (service === undefined) {
    out.note(visible(textOf(bench.log, readAction(bench.log.store.db, id).result), '\n'));
    return EXIT.fault;
  }
  const signal = interrupt();
  const decoder = new TextDecoder();
  const { next } = service.output(0);
  out.note(out.style('dim', `It runs in a copy of its own, as ${id}${next === 0 ? ', and has said nothing yet' : ''}. Ctrl-C stops it; what it writes is not kept.`));
  // Its action has ended, so nothing else hears of a stop or a cancel; one that came since is heard too.
  const [began] = bench.log.events({ action: id, types: ['action.ended'], limit: 1 });
  const over = new AbortController();
  const heeding = heedHalts(bench, began?.seq ?? bench.log.size() - 1, over.signal);
  const unheard = service.onOutput((chunk) => out.output(decoder.decode(chunk, { stream: true })));
  // What it said since its beginning was told, and before anybody listened here.
  const since = service.output(service.told.until);
  if (since.bytes.length > 0) out.output(decoder.decode(since.bytes, { stream: true }));
  try {
    if (port > 0) out.note(`${out.style('bold', (await service.forward(port)).url)} leads to its port ${port}, as long as it runs.`);
    await Promise.race([service.ended, heeding, signal.aborted ? undefined : once(signal, 'abort')]);
    return (await service.stop()).how === 'broken' ? EXIT.fault : EXIT.done;
  } finally {
    unheard();
    over.abort();
    await heeding;
  }
}
