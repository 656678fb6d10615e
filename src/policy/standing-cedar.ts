// Standing rules as Cedar text, made from what a person agreed to. Whatever a file, a command or an address is called,
// it stays inside its quotes: what can't be seen is written as its number. Reads nothing and decides nothing.
import { isInside } from '../model/path.ts';
import { visible } from '../model/visible.ts';
import type { Shape } from './cedar-engine.ts';
import type { CheckedRule, RuleFile } from './cedar-file.ts';
import { nameOfStanding, type Same, type Standing, type StandingBody } from './standing.ts';

/** Why a decision of such a rule went as it did. */
export const STANDING_REASON = 'You said that this may always go without asking.';
const FILE = 'always';

/** The rule, without its annotations. */
export function cedarOf(body: StandingBody): string {
  const action = body.kind === 'fetch' ? 'egress' : 'write';
  const lines = joined(body.kind === 'fetch' ? fetchLines(body) : changeLines(body));
  return `permit (principal, action == Action::"${action}", resource == Workspace::${cedarText(body.workspace)}) when {\n${lines}\n};`;
}

/** Cedar goes one deeper with each that is joined to those before, so many are put into brackets. */
const MOST_JOINED = 60;

function joined(lines: readonly string[]): string {
  if (lines.length <= MOST_JOINED) return lines.map((line) => `  ${line}`).join(' &&\n');
  return joined(Array.from({ length: Math.ceil(lines.length / MOST_JOINED) }, (_, at) => `(${lines.slice(at * MOST_JOINED, (at + 1) * MOST_JOINED).join(' &&\n  ')})`));
}

/** As it stands in a file. */
export function wholeRule({ id, cedar }: Pick<Standing, 'id' | 'cedar'>): string {
  return `@id(${cedarText(nameOfStanding({ id }))})\n@reason(${cedarText(STANDING_REASON)})\n${cedar}`;
}

/** Rules that are made here need no examples: a test holds what they match. */
export function standingFile(rules: readonly Pick<Standing, 'id' | 'cedar'>[]): RuleFile {
  const made = rules.map((rule, at): CheckedRule => {
    const id = nameOfStanding(rule);
    return { id, verdict: 'allow', reason: STANDING_REASON, layer: 'person', file: FILE, line: at + 1, text: wholeRule(rule), shape: shapeOfMade(id, rule.cedar) };
  });
  return { name: FILE, layer: 'person', text: made.map(({ text }) => text).join('\n'), made };
}

/** More facts than it looks at cost a little: what stands inside quotes counts as well. */
function shapeOfMade(id: string, cedar: string): Shape {
  const [action = '', effect = ''] = /action == Action::"(\w+)"/.exec(cedar) ?? [];
  return {
    id, actions: [effect], short: cedar.replace(action, 'action'),
    uses: [...new Set([...cedar.matchAll(/\bcontext\.(\w+)/g)].map(([, key = '']) => key))],
    // INVARIANT: none is missing, as one that isn't asked about has no tag, which a rule takes for "nothing changes there".
    // Inside quotes every quote has a backslash before it, so that nothing there can look like this.
    tags: [...cedar.matchAll(/Tag\(("(?:[^"\\]|\\.)*")\)/g)].map(([, text = '']) => plainText(text)),
  };
}

/** What tells it from other rules comes first, since most don't fit. What bounds every rule stands in each, however wide it is. */
function changeLines({ kind, by, same, changes, executable, paths, folders }: StandingBody): readonly string[] {
  return [
    ...sameLines(same),
    ...withinLines(paths, folders),
    `context.kind == "${kind}"${by === 'person' ? ' && context.typed' : ''}`,
    ...(changes.length === 0 ? ['context.changes.isEmpty()'] : [`${setOf(changes)}.containsAll(context.changes)${executable ? '' : ' && !context.executable'}`]),
    'context.ordinary && context.stage == "land" && context.into == "workspace"',
    'context.integrity != "outside" && context.payload != "outside" && context.profile != "strict"',
  ];
}

/** One URL tells its server nothing but itself, whatever was read before; what is only the beginning of one may carry anything behind it. */
function fetchLines({ by, same }: StandingBody): readonly string[] {
  return [
    ...sameLines(same),
    `context.kind == "fetch"${by === 'person' ? ' && context.typed' : ''}`,
    ...(same.as === 'url' ? [] : ['context.integrity != "outside"']),
    'context.stage == "land" && !context.closedAddress && context.carries != "secret"',
    'context.profile != "strict"',
  ];
}

function sameLines(same: Same): readonly string[] {
  switch (same.as) {
    case 'argv':
      return [`context.command == ${cedarText(JSON.stringify(same.argv))} && context.cwd == ${cedarText(same.cwd)}`];
    case 'program':
      return [`context.program == ${cedarText(same.program)} && context.cwd == ${cedarText(same.cwd)}`];
    case 'call':
      return [`context.op == ${cedarText(same.op)} && context.call == ${cedarText(same.digest)}`];
    case 'op':
      return [`context.op == ${cedarText(same.op)}`];
    case 'url':
      return [`context.url == ${cedarText(same.url)}`];
    case 'site':
      return [`context.url like ${cedarText(same.prefix).slice(0, -1).replaceAll('*', String.raw`\*`)}*"`];
    case 'any':
      return [];
  }
}

/**
 * All that changes is one of the paths or lies below one of the folders. Where there are folders, that is said for each
 * folder on the way to them: of the names in it only these change.
 */
function withinLines(paths: StandingBody['paths'], folders: StandingBody['folders']): readonly string[] {
  // An ordinary action changes nothing but plain paths in the workspace.
  if (folders.includes('.')) return [];
  const below = folders.filter(isPlain).filter((folder, _at, all) => !all.some((other) => folder.startsWith(`${other}/`)));
  const alone = paths.filter(isPlain).filter((path) => !below.some((folder) => path.startsWith(`${folder}/`)));
  if (below.length === 0) return [alone.length === 0 ? 'context.changed.isEmpty()' : `${setOf(alone)}.containsAll(context.changed)`];
  const ways = new Map<string, Set<string>>();
  for (const way of [...below.map((folder) => `${folder}/`), ...alone]) {
    for (let folder = '.', from = 0; from < way.length; ) {
      const slash = way.indexOf('/', from);
      const to = slash < 0 ? way.length : slash + 1;
      ways.set(folder, (ways.get(folder) ?? new Set()).add(way.slice(from, to)));
      folder = way.slice(0, slash < 0 ? undefined : slash);
      from = to;
    }
  }
  return [...ways].map(([folder, names]) => {
    const tag = cedarText(folder);
    const only = `${setOf([...names])}.containsAll(resource.getTag(${tag}))`;
    return folder === '.' ? `resource.hasTag(${tag}) && ${only}` : `(if resource.hasTag(${tag}) then ${only} else true)`;
  });
}

function isPlain(path: string): boolean {
  return path !== '.' && isInside(path);
}

function setOf(words: readonly string[]): string {
  return `[${words.toSorted().map(cedarText).join(', ')}]`;
}

/** In quotes. Where anything hides, or looks like something else, all but plain letters are written as numbers. */
export function cedarText(text: string): string {
  const kept = visible(text) === text ? /[^"\\]/u : /[ -~]/;
  return `"${[...text].map((one) => (one === '"' || one === '\\' ? `\\${one}` : kept.test(one) ? one : `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`)).join('')}"`;
}

/** What `cedarText` made. */
function plainText(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\u\{([0-9a-f]+)\}|\\(.)/gu, (_all, point: string | undefined, one: string | undefined) => (point === undefined ? (one ?? '') : String.fromCodePoint(Number.parseInt(point, 16))));
}
