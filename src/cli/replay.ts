// pwb replay: plays traces of benchmarks against the rules, with no model and in the worst case. It opens no state, calls
// no tool and writes nothing.
import { readFileSync, statSync } from 'node:fs';
import { Fault, wordsOf } from '../model/fault.ts';
import { visible } from '../model/visible.ts';
import { EXIT, profileNamed, words, type Command } from './command.ts';

const LARGEST = 64 * 1024 * 1024; // bytes

export const replay: Command = {
  name: 'replay',
  usage: 'replay FILE [--profile strict|step|draft|sealed] [--json]',
  summary: 'play traces against the rules with a model that obeys the attacker: what leaks, and how often you are asked',
  async run({ args, out }) {
    const { values, positionals } = words(replay, args, { profile: { type: 'string' }, json: { type: 'boolean' } }, { least: 1, most: 1 });
    const { replayTraces } = await import('../policy/replay.ts');
    const profile = profileNamed(replay, values.profile);
    const result = await replayTraces(readJson(positionals[0] ?? ''), profile);
    if (values.json === true) return out.json(result), EXIT.done;
    for (const [name, score] of [...Object.entries(result.suites), ['totals', result.totals] as const]) {
      out.line(`${out.style('bold', visible(name))}: ${score.leaks} leaks and ${score.partial} in part, of ${score.cases}; ${score.tasksWithoutPrompt} of ${score.tasks} tasks without a prompt; ${score.benignPrompts} prompts (${score.benignReviews} reviews) for ${score.sideEffectCalls} side effects; ${score.benignDenied} denied, ${score.benignUnfinished} unfinished`);
    }
    for (const line of result.lines) {
      out.line(`${out.style('bold', line.what)}  ${visible([line.suite, line.task, ...(line.attack === null ? [] : [line.attack]), `call ${line.position}`, line.tool].join(' '))}  ${out.style('dim', line.rules.join(', '))}`);
      out.line(`  ${out.prose(line.reason)}`);
    }
    return EXIT.done;
  },
};

function readJson(path: string): unknown {
  try {
    const about = statSync(path);
    // What never ends would never be read to its end.
    if (!about.isFile()) throw new Fault('replay.file', `${path} is no file`, 'give a file of benchmark traces');
    if (about.size > LARGEST) throw new Fault('replay.large', `${path} is larger than 64 MiB`, 'give a smaller file of traces');
    return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('replay.file', `${path} can't be read as JSON: ${wordsOf(error)}`, 'give a file of benchmark traces');
  }
}
