// pwb log: the record as lines, verified, exported, followed; and erasing what must go, on record.
import { readFileSync } from 'node:fs';
import type { LogEvent } from '../model/event.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import { isDigest } from '../model/digest.ts';
import { visible } from '../model/visible.ts';
import type { VerifyReport } from '../audit/log.ts';
import type { Workbench } from '../loop/workbench.ts';
import { findHome, openHome } from '../storage/home.ts';
import { EXIT, usageFault, words, type Command, type Context } from './command.ts';
import { isSearch, searchLog, SEARCH_USAGE } from './log-search.ts';

const USAGE = `log [--json] [--follow] [--limit N] [--session ID] [--action ID] | ${SEARCH_USAGE} | log verify [--json] [--against FILE] | log export DIR | log key | log erase DIGEST… --why TEXT`;

export const log: Command = {
  name: 'log',
  usage: USAGE,
  summary: 'the record: list, search, follow, verify, export',
  async run(context) {
    const [verb, ...rest] = context.args;
    switch (verb) {
      case 'verify':
        return verify({ ...context, args: rest });
      case 'export':
        return exportTo({ ...context, args: rest });
      case 'key':
        return key({ ...context, args: rest });
      case 'erase':
        return erase({ ...context, args: rest });
      default:
        return isSearch(context.args) ? searchLog(context) : list(context);
    }
  },
};

async function list({ args, out, open, interrupt }: Context): Promise<number> {
  const options = { json: { type: 'boolean' }, follow: { type: 'boolean' }, limit: { type: 'string' }, session: { type: 'string' }, action: { type: 'string' } } as const;
  const { values } = words(log, args, options, { least: 0, most: 0 });
  const limit = Number(values.limit ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100_000) throw usageFault(log, '--limit takes a whole number, 1 to 100000');
  const bench = await open();
  const only = { ...(values.session === undefined ? {} : { session: values.session }), ...(values.action === undefined ? {} : { action: values.action }) };
  const events = bench.log.events({ limit, newestFirst: true, ...only }).toReversed();
  if (values.follow !== true) {
    if (values.json === true) out.json(events);
    else for (const event of events) out.line(line(event, out));
    return EXIT.done;
  }
  const show = (event: LogEvent): void => (values.json === true ? out.json(event) : out.line(line(event, out)));
  for (const event of events) show(event);
  for await (const event of bench.log.follow(bench.log.size() - 1, interrupt())) show(event);
  return EXIT.done;
}

function line({ seq, time, body }: LogEvent, out: Context['out']): string {
  const { type, ...rest } = body;
  const details = Object.entries(rest).map(([name, value]) => `${name}=${visible(typeof value === 'string' ? (isDigest(value) ? `${value.slice(0, 12)}…` : value) : JSON.stringify(value))}`);
  return `${out.style('dim', `${String(seq).padStart(7)}  ${time}`)}  ${type.padEnd(18)} ${details.join(' ')}`;
}

async function verify({ args, env, out, open }: Context): Promise<number> {
  const { values } = words({ usage: 'log verify [--json] [--against FILE]' }, args, { json: { type: 'boolean' }, against: { type: 'string' } }, { least: 0, most: 0 });
  const options = values.against === undefined ? {} : { against: read(values.against) };
  const checked = await open().then(
    async ({ log: opened }) => ({ report: await opened.verify(options), checkpoint: opened.head().checkpoint }),
    async (error: unknown) => ({ report: await verifyBroken(env, options, error), checkpoint: '' }),
  );
  const { report, checkpoint } = checked;
  if (values.json === true) out.json(report);
  else if (report.ok) {
    out.line(`${out.style('green', 'The log holds.')} ${report.size} events.\n${checkpoint}`);
    out.note('This proves that nothing was changed inside. Keep this head elsewhere: only against it can a cut or rolled-back log be told.');
  } else {
    for (const problem of report.problems) out.line(`${out.style('red', problem.code)}  ${problem.words}`);
  }
  return report.ok ? EXIT.done : EXIT.fault;
}

/** A log that nothing may run on is the one that a person wants to look at. Throws `error` again when there is nothing more to say. */
async function verifyBroken(env: NodeJS.ProcessEnv, options: { readonly against?: string }, error: unknown): Promise<VerifyReport> {
  if (!(error instanceof Fault) || !error.code.startsWith('log.')) throw error;
  const [{ openStore }, { verifyStore }] = await Promise.all([import('../storage/store.ts'), import('../audit/check.ts')]);
  const store = await openStore(openHome(findHome(env)));
  try {
    const report = await verifyStore(store, options);
    if (report.ok) throw error;
    return report;
  } finally {
    await store.close();
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Fault('usage.file', `${file} can't be read: ${wordsOf(error)}`, 'name a file with an earlier checkpoint', { cause: error });
  }
}

async function exportTo({ args, out, open }: Context): Promise<number> {
  const usage = { usage: 'log export DIR' };
  const { positionals } = words(usage, args, {}, { least: 1, most: 1 });
  const bench = await open();
  const { exportLog } = await import('../audit/export.ts');
  await exportLog(bench.log, positionals[0] ?? '');
  out.line(`Exported ${bench.log.size()} events to ${positionals[0] ?? ''}.`);
  out.line(`Check it with a verifier and a key that come from elsewhere:\n  node verify.mjs ${positionals[0] ?? ''} --key '${bench.log.vkey()}'`);
  return EXIT.done;
}

async function key({ args, out, open }: Context): Promise<number> {
  words({ usage: 'log key' }, args, {}, { least: 0, most: 0 });
  out.line((await open()).log.vkey());
  return EXIT.done;
}

async function erase({ args, out, open }: Context): Promise<number> {
  const usage = { usage: 'log erase DIGEST… --why TEXT [--json]' };
  const { values, positionals } = words(usage, args, { why: { type: 'string' }, json: { type: 'boolean' } }, { least: 1, most: 1000 });
  if (values.why === undefined) throw usageFault(usage, '--why is missing');
  const wrong = positionals.find((digest) => !isDigest(digest));
  if (wrong !== undefined) throw usageFault(usage, `${JSON.stringify(wrong)} is not a payload's digest (64 hexadecimal digits, see \`pwb log --json\`)`);
  const bench: Workbench = await open();
  const erasure = await bench.log.erase(positionals, { door: 'cli', credential: 'command', reason: 'person', why: values.why });
  if (values.json === true) out.json(erasure);
  else out.line(erasure.state === 'finished' ? 'Erased. The log still verifies, and says so.' : 'Erased on record; another process still reads the old bytes, they go when it ends.');
  return EXIT.done;
}
