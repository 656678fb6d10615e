// node verify.mjs DIR --key VKEY [--against FILE] [--json]: checks an exported log on plain Node, offline.
// Exit codes: 0 all right, 1 not all right, 2 usage.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { verifyBundle } from './bundle.ts';
import { parseVerifierKey } from './note.ts';
import type { Problem, Report } from './report.ts';

const USAGE = `usage: node verify.mjs DIR --key VERIFIER_KEY [--against CHECKPOINT_FILE] [--json]
  --key      what \`pwb log key\` printed on the machine of the log; take it from its owner, not from the bundle
  --against  an earlier checkpoint that you kept: proves that nothing up to it was changed or cut off
`;

/** Problems that a person is shown; all listed ones are in the JSON. */
const SHOWN = 50;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { key: { type: 'string' }, against: { type: 'string' }, json: { type: 'boolean' } } });
  const [dir] = positionals;
  if (dir === undefined || positionals.length !== 1 || values.key === undefined) throw new TypeError('a folder and --key are needed');
  const vkey = values.key.trim();
  const key = parseVerifierKey(vkey);
  if (key === null) throw new TypeError('--key is not a verifier key (<name>+<8 hex digits>+<base64>), or its parts do not fit each other');
  const against = values.against === undefined ? {} : { against: readFileSync(values.against) };
  const report = await verifyBundle(dir, { key, vkey, ...against });
  process.stdout.write(values.json === true ? `${JSON.stringify(report)}\n` : words(report));
  return report.ok ? 0 : 1;
}

function words(report: Report): string {
  const lines = [
    report.ok ? `OK: ${report.events} events of ${report.origin}` : `NOT OK: ${report.problems.length} problem(s) in ${report.events} events`,
    ...(report.from === '' ? [] : [`  from ${report.from} to ${report.to}`]),
    `  root ${report.root === '' ? 'unknown' : report.root} at size ${report.size}`,
    `  payloads: ${report.payloads} there and right, ${report.erased} erased`,
    ...report.problems.slice(0, SHOWN).map((problem) => `  ${problem.code}${place(problem)}: ${problem.words}`),
    ...(report.problems.length > SHOWN ? [`  … and ${report.problems.length - SHOWN} more; --json lists them`] : []),
    ...report.notes.map((note) => `  ${note}`),
  ];
  return `${lines.join('\n')}\n`;
}

function place({ file, line }: Problem): string {
  return file === undefined ? '' : ` at ${visibleName(file)}${line === undefined ? '' : `:${line}`}`;
}

/** A file name in the bundle is anybody's text. */
function visibleName(name: string): string {
  return JSON.stringify(name).slice(1, -1).replace(/[^\x20-\x7e]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 2;
}
