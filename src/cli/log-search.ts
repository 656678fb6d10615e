// pwb log with words or filters: the record as lines that people read, found by the search. It takes in what the log has
// more for a few seconds first, and says when there is more than that.
import { ACTION_KINDS, Search, type Question } from '../audit/search.ts';
import { LogSource } from '../audit/search-source.ts';
import { findId } from '../loop/desk.ts';
import { timelinePage, type FoundLine } from '../loop/timeline.ts';
import type { Workbench } from '../loop/workbench.ts';
import { VERDICTS } from '../model/decision.ts';
import type { EventType } from '../model/event.ts';
import { INTEGRITY, SECRECY } from '../model/label.ts';
import { OUTCOMES } from '../model/outcome.ts';
import { visible } from '../model/visible.ts';
import { EXIT, usageFault, words, type Context } from './command.ts';
import type { Out } from './out.ts';

export const SEARCH_USAGE = 'log [--search WORDS] [--tool T] [--kind K] [--path P] [--decision D] [--outcome O] [--who W] [--integrity I] [--secrecy S] [--type T,T…] [--from TIME] [--to TIME] [--main] [--before SEQ] [--session ID] [--action ID] [--limit N] [--json]';

const text = { type: 'string' } as const;
const OPTIONS = {
  search: text, tool: text, kind: text, path: text, decision: text, outcome: text, who: text, integrity: text, secrecy: text, type: text, from: text, to: text, before: text,
  main: { type: 'boolean' }, session: text, action: text, limit: text, json: { type: 'boolean' },
} as const;
/** Those that a plain list of events has too. */
const SHARED = ['session', 'action', 'limit', 'json'];
/** Milliseconds that the search may take in more of the log before it answers. */
const PATIENCE = 5000;
const WHO = ['person', 'model', 'house'] as const;

/** Do these words ask for more than a list of events? */
export function isSearch(args: readonly string[]): boolean {
  const names = Object.keys(OPTIONS).filter((name) => !SHARED.includes(name));
  return args.some((arg) => names.some((name) => arg === `--${name}` || arg.startsWith(`--${name}=`)));
}

export async function searchLog({ args, out, open }: Context): Promise<number> {
  const { values } = words({ usage: SEARCH_USAGE }, args, OPTIONS, { least: 0, most: 0 });
  const bench = await open();
  const question = questionOf(bench, values);
  const { store } = bench.log;
  const search = new Search(new LogSource(store.db, store.home.state), store.home.state);
  try {
    await bench.log.settle();
    search.catchUp(PATIENCE);
    const page = await timelinePage(bench.log, question, (asked) => Promise.resolve(search.ask(asked)));
    if (page.indexed < page.size) out.note(`${page.indexed} of ${page.size} events can be found so far; ask again for the rest.`);
    if (values.json === true) out.json(page);
    else for (const line of page.lines.toReversed()) draw(line, out);
    return EXIT.done;
  } finally {
    search.close();
  }
}

type Values = { readonly [name in keyof typeof OPTIONS]?: string | boolean | undefined };

function questionOf(bench: Workbench, values: Values): Question {
  const given = (name: keyof Values): string | undefined => (typeof values[name] === 'string' ? values[name] : undefined);
  const whole = (name: keyof Values, most: number): number | undefined => {
    const value = given(name);
    if (value !== undefined && !(/^\d{1,15}$/.test(value) && Number(value) >= 1 && Number(value) <= most)) throw usageFault({ usage: SEARCH_USAGE }, `--${name} takes a whole number, 1 to ${most}`);
    return value === undefined ? undefined : Number(value);
  };
  const one = <T extends string>(name: keyof Values, all: readonly T[]): T | undefined => {
    const value = given(name);
    const found = all.find((each) => each === value);
    if (value !== undefined && found === undefined) throw usageFault({ usage: SEARCH_USAGE }, `--${name} takes one of ${all.join(', ')}`);
    return found;
  };
  const [session, action] = [given('session'), given('action')];
  const asked = {
    q: given('search'), tool: given('tool'), path: given('path'),
    kind: one('kind', ACTION_KINDS), decision: one('decision', VERDICTS), outcome: one('outcome', OUTCOMES), who: one('who', WHO), integrity: one('integrity', INTEGRITY), secrecy: one('secrecy', SECRECY),
    types: typesOf(given('type')),
    from: momentOf('from', given('from')), to: momentOf('to', given('to')), before: whole('before', Number.MAX_SAFE_INTEGER),
    main: values.main === true ? true : undefined,
    session: session === undefined ? undefined : findId(bench.log, 'sessions', session),
    action: action === undefined ? undefined : findId(bench.log, 'actions', action),
  };
  return { ...defined(asked), limit: whole('limit', 100_000) ?? 50 };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what was not given. */
function defined<T extends object>(all: T): Defined<T> {
  const some: Defined<T> = {};
  for (const name of keysOf(all)) {
    const value = all[name];
    if (isGiven(value)) some[name] = value;
  }
  return some;
}

function keysOf<T extends object>(all: T): readonly (keyof T)[] {
  const names: (keyof T)[] = [];
  for (const name in all) names.push(name);
  return names;
}

function isGiven<V>(value: V): value is Exclude<V, undefined> {
  return value !== undefined;
}

/** Any word of that form is taken: what never occurs is not found. */
function typesOf(list: string | undefined): readonly EventType[] | undefined {
  if (list === undefined) return undefined;
  const types = list.split(',');
  if (!types.every(isType)) throw usageFault({ usage: SEARCH_USAGE }, '--type takes types of events, such as action.ended, with commas between');
  return types;
}

function isType(word: string): word is EventType {
  return /^[a-z]+\.[a-z]+$/.test(word);
}

function momentOf(name: 'from' | 'to', value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw usageFault({ usage: SEARCH_USAGE }, `--${name} takes a time such as 2026-05-01 or 2026-05-01T09:30Z`);
  return time;
}

function draw({ seq, time, who, words: said, tone, found }: FoundLine, out: Out): void {
  const colours = { plain: null, quiet: 'dim', good: 'green', warn: 'yellow', bad: 'red' } as const;
  const colour = colours[tone];
  out.line(`${out.style('dim', `${String(seq).padStart(7)}  ${time}  ${who.padEnd(6)}`)}  ${colour === null ? said : out.style(colour, said)}`);
  if (found !== null && found.length > 0) out.line(`${' '.repeat(9)}${found.map(({ text: part, hit }) => (hit ? out.style('bold', visible(part)) : out.style('dim', visible(part)))).join('')}`);
}
