// The practice task: a fixed play in at most six steps that teaches the main job with the real tools. It
// understands nothing that is typed and says so; it refuses to touch a folder that isn't the practice folder.

export const PRACTICE_TOOLS = ['list', 'read', 'edit', 'write', 'run'] as const;
export type PracticeTool = (typeof PRACTICE_TOOLS)[number];

/** What came back from a tool: `denied` by a rule or a person, `failed`, or `done`. */
export interface Heard {
  readonly how: 'done' | 'denied' | 'failed';
  readonly text: string;
}

type PracticeCall =
  | { readonly name: 'list'; readonly arguments: Record<string, never> }
  | { readonly name: 'read'; readonly arguments: { readonly path: string } }
  | { readonly name: 'edit'; readonly arguments: { readonly path: string; readonly old: string; readonly new: string } }
  | { readonly name: 'write'; readonly arguments: { readonly path: string; readonly content: string } }
  | { readonly name: 'run'; readonly arguments: { readonly command: string } };

/** What the practice model says next; without a call it is done. */
export interface Step {
  readonly text: string;
  readonly call?: PracticeCall;
}

const NOTES = 'notes.txt';
const SUMMARY = 'summary.txt';
const WRONG = 'We recieve the guests at nine.';
const RIGHT = 'We receive the guests at nine.';
const NOTES_TEXT = `Open day, notes\n\n${WRONG}\nThe workshop starts at ten and ends at noon.\nBring the spare projector.\n`;
const SUMMARY_TEXT = 'Open day in short: guests at nine, workshop from ten to noon, bring the spare projector.\n';

/** The files of the practice workspace, as text in UTF-8. */
export function practiceFiles(): readonly { readonly path: string; readonly content: string }[] {
  return [{ path: NOTES, content: NOTES_TEXT }];
}

/** What the task makes besides: gone when the folder is laid anew. */
export const PRACTICE_MADE: readonly string[] = [SUMMARY];

/** @param offered the names of the tools that the request offers. @param heard what each tool answered in this turn. */
export function nextStep(offered: ReadonlySet<string>, heard: ReadonlyMap<PracticeTool, Heard>): Step {
  const missing = ['list', 'read', 'edit', 'write'].filter((name) => !offered.has(name));
  if (missing.length > 0) return end(`This task needs the tools ${missing.join(', ')}, which weren't offered.`);

  const list = heard.get('list');
  if (list === undefined) return { text: OPENING, call: { name: 'list', arguments: {} } };
  if (list.how !== 'done') return end(`${reaction('list', list)}\nWithout a look at the folder there is nothing to practise on.`);
  if (!list.text.includes(NOTES)) return end(`There is no ${NOTES} in what came back (${quote(list.text)}), so this isn't the practice folder, and I leave it alone.`);

  const read = heard.get('read');
  if (read === undefined) return { text: say(2, `The folder holds ${NOTES}. I ask to read it; reading in your workspace needs no answer from you either.`), call: { name: 'read', arguments: { path: NOTES } } };
  if (read.how !== 'done') return end(`${reaction('read', read)}\nWithout reading ${NOTES} I can't go on.`);
  const fixed = !read.text.includes(WRONG);
  if (fixed && !read.text.includes(RIGHT)) return end(`${NOTES} isn't the practice file that I know (${quote(read.text)}), so I leave it alone.`);

  const edit = heard.get('edit');
  if (edit === undefined && !fixed) return { text: EDIT, call: { name: 'edit', arguments: { path: NOTES, old: WRONG, new: RIGHT } } };

  const write = heard.get('write');
  if (write === undefined) return { text: say(4, `${reaction('edit', edit)} ${WRITE}`), call: { name: 'write', arguments: { path: SUMMARY, content: SUMMARY_TEXT } } };

  const run = heard.get('run');
  if (run === undefined && offered.has('run')) {
    const files = write.how === 'done' ? `${NOTES} ${SUMMARY}` : NOTES;
    return { text: say(5, `${reaction('write', write)} ${RUN}`), call: { name: 'run', arguments: { command: `wc -w ${files}` } } };
  }
  return closing({ edit, write, run });
}

const NAME = 'Practice model (not an AI)';

function say(step: number, text: string): string {
  return `${NAME}, step ${step} of 5: ${text.trim()}`;
}

const OPENING = say(1, `I play a fixed task and don't understand what you type. Through the real tools, approvals and log I will look around, mend a spelling mistake and write a summary. First I ask to list the folder: that has no effect, so a rule allows it without asking you.`);
const EDIT = say(3, `Line 3 says "recieve". I propose an edit. It changes a file, so nothing happens until you answer: look at the exact change on the card, then invoke it, or deny it with a reason, which reaches me.`);
const WRITE = `Next I propose a new file, ${SUMMARY}. It waits for your answer in the same way.`;
const RUN = `Last, I ask to count words with a command. It runs in a sandbox without network, and the workspace is read-only to it.`;

/** How the play reacts to what a tool (by way of a rule or the person) answered. */
function reaction(tool: PracticeTool, heard: Heard | undefined): string {
  if (heard === undefined) return tool === 'edit' ? `${NOTES} is already mended.` : '';
  switch (heard.how) {
    case 'done':
      return tool === 'edit' ? 'Thank you: you invoked the edit, and exactly what the card showed was done.' : 'Thank you: that was done as shown.';
    case 'denied':
      return `Thank you for judging: my ${tool} was denied and nothing was changed. This is all that reached me, your reason included: ${quote(heard.text)}.`;
    case 'failed':
      return `My ${tool} did not work. A real model would now try to mend its call from these words: ${quote(heard.text)}.`;
  }
}

/** One line of at most 300 characters, and it says when there was more. */
function quote(text: string): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  return line.length > 300 ? `"${line.slice(0, 300).toWellFormed()}" (shortened)` : `"${line}"`;
}

function closing(heard: { readonly edit: Heard | undefined; readonly write: Heard | undefined; readonly run: Heard | undefined }): Step {
  const last = heard.run === undefined ? `${reaction('write', heard.write)} No command tool is offered (there is no sandbox here), so I skip counting words.` : ran(heard.run);
  return end(`${last}

That was the main job. What just happened:
- edit ${NOTES}: ${fate(heard.edit, 'already mended, not proposed')}; write ${SUMMARY}: ${fate(heard.write, 'not proposed')}; run: ${fate(heard.run, 'not offered')}.
- Each proposal was judged by rules; what has an effect waited for you; only what you saw was carried out.
- Every step, your answers included, is in a log that a stranger can verify.`);
}

function ran(run: Heard): string {
  return run.how === 'done' ? `The command ran and answered: ${quote(run.text)}.` : reaction('run', run);
}

function fate(heard: Heard | undefined, absent: string): string {
  return heard === undefined ? absent : heard.how;
}

function end(text: string): Step {
  return {
    text: `${NAME}, end of the task: ${text.trim()}

Next: \`pwb log\` shows each step, \`pwb log verify\` checks the log. For a real model, start a server such as llama.cpp, Ollama or LM Studio and see \`pwb models\`, or add a file with \`pwb models add FILE.gguf\`.\n`,
  };
}
