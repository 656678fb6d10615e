// What `pwb sessions` does with one session: show its thread, rename it, change who answers, take it back.
import { findId } from '../loop/desk.ts';
import { rewind, type Rewound } from '../loop/rewind.ts';
import { changeSession, renameSession } from '../loop/session-change.ts';
import { readSession } from '../loop/session.ts';
import type { ThreadItem } from '../loop/thread-item.ts';
import { threadPage } from '../loop/thread-items.ts';
import { sayAgain } from '../loop/turn.ts';
import type { Workbench } from '../loop/workbench.ts';
import { textOf } from '../approvals/actions.ts';
import type { Id } from '../model/id.ts';
import type { Profile } from '../model/profile.ts';
import { visible } from '../model/visible.ts';
import { carry, finish, summarise } from './carry.ts';
import { EXIT, profileNamed, usageFault, type Command, type Context } from './command.ts';
import { BY } from './invoke.ts';
import { workPaths } from './paths.ts';

export interface Flags {
  readonly json?: boolean | undefined;
  readonly before?: string | undefined;
  readonly limit?: string | undefined;
  readonly text?: string | undefined;
  readonly file?: string[] | undefined;
  readonly model?: string | undefined;
  readonly profile?: string | undefined;
}

type Verb = (context: Context, bench: Workbench, session: Id, rest: readonly string[], flags: Flags) => Promise<number> | number;

/** Each with the flags that it takes besides --json, and how many words after the id. */
const VERBS: { readonly [verb in 'show' | 'rename' | 'set' | 'rewind']: { readonly flags: readonly (keyof Flags)[]; readonly words: number; readonly run: Verb } } = {
  show: { flags: ['before', 'limit'], words: 0, run: show },
  rename: { flags: [], words: 1, run: rename },
  set: { flags: ['model', 'profile'], words: 0, run: set },
  rewind: { flags: ['text', 'file'], words: 1, run: takeBack },
};

export async function withSession(command: Command, context: Context, [verb = '', id, ...rest]: readonly string[], flags: Flags): Promise<number> {
  if (verb !== 'show' && verb !== 'rename' && verb !== 'set' && verb !== 'rewind') throw usageFault(command, `${JSON.stringify(verb)} is none of show, rename, set, rewind`);
  const { flags: known, words, run } = VERBS[verb];
  const odd = Object.entries(flags).find(([name, value]) => value !== undefined && name !== 'json' && !known.some((one) => one === name));
  if (odd !== undefined) throw usageFault(command, `--${odd[0]} doesn't go with ${verb}`);
  if (id === undefined || rest.length !== words) throw usageFault(command, rest.length > words ? 'too many words' : 'something is missing');
  if (verb === 'set' && flags.model === undefined && flags.profile === undefined) throw usageFault(command, 'say --model or --profile');
  const bench = await context.open();
  return run(context, bench, findId(bench.log, 'sessions', id), rest, flags);
}

function show({ out }: Context, { log }: Workbench, session: Id, _: readonly string[], { json, before, limit }: Flags): number {
  const row = readSession(log.store.db, session);
  const page = threadPage(log, row, wholeOf(before) ?? Number.MAX_SAFE_INTEGER, Math.min(Math.max(wholeOf(limit) ?? 50, 1), 200));
  if (json === true) out.json({ session, ...page });
  else {
    if (page.more) out.line(out.style('dim', `… earlier: pwb sessions show ${session} --before ${page.items[0]?.seq ?? 0}`));
    for (const item of page.items) out.line(drawItem(item, out.style));
    if (page.items.length === 0) out.line('Nothing was said or done in it.');
  }
  return EXIT.done;
}

function wholeOf(word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  if (!/^\d{1,15}$/.test(word)) throw usageFault({ usage: 'sessions show ID [--before SEQ] [--limit N]' }, `${JSON.stringify(word)} is no number`);
  return Number(word);
}

/** What the conversation was taken back to before stands behind a mark. */
function drawItem(item: ThreadItem, style: Context['out']['style']): string {
  const mark = item.current ? '' : style('dim', '(taken back) ');
  switch (item.item) {
    case 'message': {
      const who = style('bold', item.role === 'user' ? `you [${item.index ?? '–'}]` : 'model');
      const files = item.files.map(({ path }) => `\n  + ${visible(path)}`).join('');
      return `${mark}${who}: ${item.text === null ? '(erased)' : visible(item.text, '\n\t').replaceAll('\n', '\n  ')}${files}`;
    }
    case 'action':
      return `${mark}${style('dim', `▸ ${item.heading}  ${item.id} · ${item.outcome ?? item.state}${item.words === null ? '' : `: ${item.words.replaceAll('\n', '\n    ')}`}`)}`;
    case 'end':
      return `${mark}${style('dim', `— ${item.why}, ${item.steps} requests, ${item.tokens.prompt + item.tokens.output} tokens, ${Math.round(item.duration / 1000)} s`)}`;
    case 'notice':
      return `${mark}${style('yellow', `! ${item.words}`)}`;
  }
}

async function rename({ out }: Context, { log }: Workbench, session: Id, [title = '']: readonly string[], { json }: Flags): Promise<number> {
  const row = await renameSession(log, session, title);
  const name = textOf(log, row.title);
  if (json === true) out.json({ session, title: name });
  else out.line(`Session ${session} is now: ${visible(name)}`);
  return EXIT.done;
}

async function set({ out }: Context, { log }: Workbench, session: Id, _: readonly string[], { json, model, profile: named }: Flags): Promise<number> {
  const profile: Profile | null | undefined = named === 'configured' ? null : profileNamed({ usage: 'sessions set ID [--model M] [--profile P|configured]' }, named);
  const row = await changeSession(log, session, { ...(model === undefined ? {} : { model }), ...(profile === undefined ? {} : { profile }) }, BY);
  if (json === true) out.json({ session, model: row.model, profile: row.profile });
  else out.line(`Session ${session}: model ${visible(row.model)}, profile ${row.profile ?? 'as configured'}`);
  return EXIT.done;
}

async function takeBack(context: Context, bench: Workbench, session: Id, [word = '']: readonly string[], { json = false, text, file = [] }: Flags): Promise<number> {
  const index = wholeOf(word) ?? 0;
  const { out } = context;
  const tell = ({ words, stays }: Rewound): void => {
    if (json) return;
    out.note(words);
    for (const { id, heading, into } of stays) out.note(`  ${id}  ${heading}${into === 'workspace' ? `  → pwb undo ${id}` : '  (in the draft)'}`);
  };
  if (text === undefined) {
    if (file.length > 0) throw usageFault({ usage: 'sessions rewind ID INDEX [--text TEXT [--file PATH]…]' }, '--file comes with --text');
    const rewound = await rewind(bench, session, { index }, BY);
    tell(rewound);
    if (json) out.json({ session, ...rewound });
    return EXIT.done;
  }
  const files = workPaths(readSession(bench.log.store.db, session).root, file);
  const carried = await carry(context, bench, session, json, (watch) => sayAgain(bench, session, { index }, BY, text, files, watch, tell));
  return finish(context, summarise(bench, session, carried), json);
}
