// pwb start: serves the workbench on loopback until it is told to end.
import { once } from 'node:events';
import { EXIT, usageFault, words, type Command } from './command.ts';
import { Fault } from '../model/fault.ts';
import { openPage } from '../execute/browser.ts';

export const start: Command = {
  name: 'start',
  usage: 'start [--port N] [--no-open]',
  summary: 'serve the workbench on this machine and print a sign-in link',
  async run({ args, out, open, interrupt }) {
    const { values } = words(start, args, { port: { type: 'string' }, 'no-open': { type: 'boolean' } }, { least: 0, most: 0 });
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535)) throw usageFault(start, '--port takes a number from 0 to 65535');
    const bench = await open();
    const signal = interrupt();
    const { serve } = await import('../server/serve.ts');
    const served = await serve(bench, port === undefined ? {} : { port });
    try {
      const link = await served.link();
      out.line(link);
      for (const { id } of bench.orphans) out.note(`! Action ${id} was cut off by a crash; it is not known whether it took effect: pwb show ${id}`);
      if (values['no-open'] !== true && out.interactive) openPage(link);
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
