// A program for tests: runs a command in a rehearsal at the terminal that it was started in, and puts what came of
// it into a file. Its arguments: the workspace, the folder for views, that file, milliseconds, and the command.
import { writeFileSync } from 'node:fs';
import { prepareView } from '../../src/execute/rehearse.ts';
import { planTerminal, runInTerminal } from '../../src/execute/terminal.ts';
import type { SandboxSpec } from '../../src/execute/sandbox.ts';
import { Fault } from '../../src/model/fault.ts';
import { foundContainment } from '../sandbox/found.ts';
import { SHORT } from '../sandbox/world.ts';
import { lineOf } from './stage.ts';

const [root = '', folder = '', told = '', time = '', ...argv] = process.argv.slice(2);
const spec: SandboxSpec = { root, cwd: '.', argv, access: 'write', limits: { ...SHORT, time: Number(time) }, toolchains: [], hide: [], never: [] };
const containment = await foundContainment();
try {
  const prepared = await prepareView({ root, lower: [], folder });
  const plan = await planTerminal(spec, prepared, containment);
  const { result, effects, discard } = await runInTerminal(spec, plan, prepared, containment, { signal: new AbortController().signal });
  await discard();
  const { exit, signal, limits, output } = result;
  writeFileSync(told, JSON.stringify({ exit, signal, limits, output: Buffer.from(output).toString('utf8'), lines: effects.changes.map(lineOf) }));
} catch (error) {
  writeFileSync(told, JSON.stringify({ code: error instanceof Fault ? error.code : String(error) }));
}
