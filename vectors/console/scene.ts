// Test support: a workbench in the middle of a day, so that each room has something to show: conversations, cards that
// wait (one answer with two of them), a draft with a clash, what has landed, was denied, and a rule of the person's.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Turn } from '../dialects/scripted.ts';
import { openConsole, type ConsoleOptions, type TestConsole } from './console.ts';
import { handOf, type Hand } from './client.ts';

export interface Scene extends TestConsole {
  readonly hand: Hand;
  readonly sessions: { readonly waiting: string; readonly done: string; readonly draft: string };
}

const TOTAL = `// Adds up the lines of an invoice. Amounts are whole cents.
export function total(lines) {
  let sum = 0;
  for (const { amount, quantity } of lines) {
    sum += amount * quantity;
  }
  return sum;
}

export function tax(lines, rate) {
  return total(lines) * rate;
}
`;
const FILES = {
  'src/total.js': TOTAL,
  'src/report.js': "import { total, tax } from './total.js';\n\nexport function report(lines) {\n  return `Total ${total(lines)}, tax ${tax(lines, 0.19)}`;\n}\n",
  'README.md': '# Invoices\n\nA small example project: adds up invoices.\n',
  'notes.md': '- tax must be rounded\n- the report should say the currency\n',
  'CHANGES.md': '# Changes\n\n## 1.0\n- first version\n',
};

const ANSWER = `The tax is now rounded to whole cents. In short:

| Where | What |
|---|---|
| \`src/total.js\` | \`tax\` rounds half up |
| \`CHANGES.md\` | a line for 1.1 |

1. \`total\` is as it was.
2. \`tax(lines, 0.19)\` of 999 cents is **190** and no longer 189.81.

\`\`\`js
export function tax(lines, rate) {
  return Math.round(total(lines) * rate);
}
\`\`\`

> Rounding each line by itself would give another sum; tell me if you want that.
`;

/** What the model says, by what it was told last. */
function play(request: unknown): Turn {
  const { messages } = request as { readonly messages: readonly { readonly role: string; readonly content: string }[] };
  const asked = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const heard = messages.length - 1 - messages.findLastIndex(({ role }) => role === 'user');
  const usage = { prompt: 900 + messages.length * 120, output: 80 };
  if (asked.startsWith('Round')) {
    if (heard === 0) return { reasoning: 'I look at the file first: tax() multiplies and never rounds.', text: 'I look at `src/total.js` first.', calls: [{ name: 'read', arguments: { path: 'src/total.js' } }], usage };
    if (heard < 3) return { reasoning: 'Rounding belongs into tax(), so that total() stays exact.', text: 'Amounts are whole cents, so `tax` has to round.', calls: [{ name: 'edit', arguments: { path: 'src/total.js', old: 'return total(lines) * rate;', new: 'return Math.round(total(lines) * rate);' } }], usage };
    if (heard < 5) return { calls: [{ name: 'edit', arguments: { path: 'CHANGES.md', old: '# Changes\n', new: '# Changes\n\n## 1.1\n- tax is rounded to whole cents\n' } }], usage };
    return { text: ANSWER, usage };
  }
  if (asked.startsWith('The report')) {
    if (heard === 0) {
      return {
        reasoning: 'The report has no currency and no test. I add both, and run the test.',
        text: 'I add the currency, and a test that shows it.',
        calls: [
          { name: 'edit', arguments: { path: 'src/report.js', old: '  return `Total ${total(lines)}, tax ${tax(lines, 0.19)}`;', new: "  const euro = (cents) => `${(cents / 100).toFixed(2)} EUR`;\n  return `Total ${euro(total(lines))}, tax ${euro(tax(lines, 0.19))}`;" } },
          { name: 'run', arguments: { command: "mkdir -p test && printf 'shows the currency\\n' > test/report.txt && echo '1 passed'" } },
        ],
        usage,
      };
    }
    return { text: 'Done.', usage };
  }
  if (asked.startsWith('Tidy')) {
    if (heard === 0) return { text: 'I sort the notes and set up the folders.', calls: [{ name: 'write', arguments: { path: 'notes.md', content: '# Notes\n\n- the report should say the currency\n- tax must be rounded\n' } }, { name: 'write', arguments: { path: 'docs/guide.md', content: '# Guide\n\nHow to add up an invoice.\n' } }, { name: 'run', arguments: { command: 'mv README.md docs/README.md' } }], usage };
    return { text: 'The notes are sorted; the guide has a place of its own.', usage };
  }
  if (heard === 0) return { text: 'I remove the old file.', calls: [{ name: 'delete', arguments: { path: 'CHANGES.md' } }], usage };
  return { text: 'I leave it as it is.', usage };
}

export async function openScene(options: ConsoleOptions = {}): Promise<Scene> {
  const opened = await openConsole({ turns: play, model: 'example-model-8b' }, { ...options, files: { ...FILES, ...options.files } });
  try {
    const hand = handOf(opened);
    const done = await hand.talk('Round the tax to whole cents, and note it in the changes.');
    for (let step = 0; step < 2; step++) for (const action of await hand.waiting(done)) await hand.invoke(action);
    await hand.rest(done);
    const denied = await hand.talk('Clean up what is no longer needed.');
    for (const action of await hand.waiting(denied)) await hand.deny(action, 'The changes are read by people: keep them.');
    await hand.rest(denied);
    const draft = await hand.talk('Tidy up the notes and the documents.', 'draft');
    await hand.rest(draft);
    // Meanwhile the person edits a file that the draft changes too.
    writeFileSync(join(opened.house.folder, 'notes.md'), '- tax must be rounded (done)\n- the report should say the currency\n- ask about reminders\n');
    const waiting = await hand.talk('The report should say the currency.');
    await hand.waiting(waiting, 2);
    return { ...opened, hand, sessions: { waiting, done, draft } };
  } catch (error) {
    await opened[Symbol.asyncDispose]().catch(() => undefined);
    throw error;
  }
}
