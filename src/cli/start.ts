// pwb start: serves the workbench on loopback until it is told to end. Where another process serves it already, it
// says where and is done.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EXIT, usageFault, words, type Command } from './command.ts';
import { Fault } from '../model/fault.ts';
import { openPage } from '../execute/browser.ts';
import { findHome } from '../storage/home.ts';
import { RESTORE } from '../storage/state-parts.ts';
import type { Workbench } from '../loop/workbench.ts';
import type { Served } from '../server/serve.ts';

/** Another one that is just starting is waited for this often, with this many milliseconds between. */
const LOOKS = 50;
const PAUSE = 100;

export const start: Command = {
  name: 'start',
  usage: 'start [--port N] [--no-open]',
  summary: 'serve the workbench on this machine and print a sign-in link',
  async run({ args, env, out, open, interrupt }) {
    const { values } = words(start, args, { port: { type: 'string' }, 'no-open': { type: 'boolean' } }, { least: 0, most: 0 });
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535)) throw usageFault(start, '--port takes a number from 0 to 65535');
    const home = findHome(env);
    // Where one runs already, what is ready waits until that one has ended.
    if (existsSync(join(home.state, RESTORE)) && (await import('../server/running.ts')).findServer(home) === null) await (await import('./restore.ts')).placeWaiting({ out }, home);
    const bench = await open();
    const signal = interrupt();
    const { serve } = await import('../server/serve.ts');
    const show = (link: string): void => {
      out.line(link);
      if (values['no-open'] !== true && out.interactive) openPage(link);
    };
    let served: Served;
    try {
      served = await serve(bench, port === undefined ? {} : { port });
    } catch (error) {
      const link = error instanceof Fault && error.code === 'server.running' ? await linkToOther(bench, signal) : null;
      if (link === null) throw error;
      show(link);
      const unused = port === undefined || port === 0 || port === Number(new URL(link).port) ? '' : `, and port ${port} is not used`;
      out.note(`A workbench runs already at ${new URL(link).origin}; this is a fresh link to it${unused}.`);
      return EXIT.done;
    }
    try {
      show(await served.link());
      for (const { id } of bench.orphans) out.note(`! Action ${id} was cut off by a crash; it is not known whether it took effect: pwb show ${id}`);
      if (!signal.aborted) await once(signal, 'abort');
      return EXIT.done;
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw new Fault('server.ended', 'the server ended', undefined, { cause: error });
    } finally {
      await served.close();
    }
  },
};

/** Null when it ended, or didn't come to answer. */
async function linkToOther(bench: Workbench, signal: AbortSignal): Promise<string | null> {
  const { linkToRunning } = await import('../server/serve.ts');
  for (let look = 1; ; look++) {
    const link = await linkToRunning(bench);
    if (link !== null || look === LOOKS || signal.aborted) return link;
    await pause(PAUSE);
  }
}
