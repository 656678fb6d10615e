// Draws a card in a terminal: what it does first, then what it says, why, and who asks. Nothing is cut without
// saying so, and every character that could hide something is drawn visibly.
import type { Card } from '../approvals/card.ts';
import type { Line, Part, Tone } from '../approvals/drawing.ts';
import { originParts } from '../approvals/origin-words.ts';
import { chosenPart } from '../approvals/pieces.ts';
import { effectParts, landingWords, type View } from '../approvals/effect-words.ts';
import { commandOf, titleOf } from '../approvals/title.ts';
import type { Action } from '../model/action.ts';
import { hidesSomething, visible } from '../model/visible.ts';
import type { Out, Style } from './out.ts';

type Paper = Pick<Out, 'style'> & Partial<Pick<Out, 'prose'>>;

/**
 * The whole card as lines of text; what `action.shown` puts on record is exactly this, without colours.
 * @param many of very many changes: by folder, or each.
 */
export function drawCard(card: Card, profile: string, out: Paper, many: View['many'] = 'folders'): string {
  const { style, prose = (text) => text } = out;
  const head = `${style('bold', titleOf(card.action))}  ${style('dim', `${card.id} · ${stateWords(card)}`)}`;
  const landing = card.state === 'pending' ? landingWords(card, card.id, profile) : '';
  const words = [
    ...(card.why === '' ? [] : [`${style('dim', "why, in the model's words:")} ${visible(card.why)}`]),
    `${style('dim', 'words from:')} ${card.label.integrity}${card.label.sources.length === 0 ? '' : ` (${card.label.sources.map((source) => visible(source)).join(', ')})`}`,
    ...(card.rules.length === 0 ? [] : [`${style('dim', `rule ${card.rules.join(', ')}, profile ${profile}:`)} ${visible(card.reason)}`]),
    ...(landing === '' ? [] : [`${style('dim', 'invoke:')} ${landing}`]),
    ...(card.state !== 'pending' || card.expires === null ? [] : [`${style('dim', 'no answer means no, from')} ${card.expires.slice(0, 16).replace('T', ' ')} UTC`]),
    ...(card.editedFrom === null ? [] : [`${style('dim', 'edited from')} ${card.editedFrom}`]),
  ];
  // What is shown as it is in a file stays as it is; prose is broken between words where a terminal ends.
  return [head, ...actionLines(card.action).map((line) => prose(`  ${line}`)), ...drawParts(partsOf(card, many), out), ...words.map((line) => prose(`  ${line}`))].join('\n');
}

/** Arguments and sources that are listed before the rest is told by its number. */
const SOME = 12;

function partsOf(card: Card, many: View['many']): Part[] {
  // What an edit would do is on no record yet; what ended shows its output as its result.
  const id = card.editedFrom === card.id ? null : card.id;
  return [
    ...effectParts({ action: card.action, effects: card.effects, rehearsal: card.state === 'ended' ? null : card.rehearsal, rules: card.rules }, { id, many }),
    ...(card.chosen === null ? [] : [chosenPart(card.chosen)]),
    ...originParts(card, { most: many === 'folders' ? SOME : many, rest: `pwb show ${card.id} --all` }),
  ];
}

export function drawParts(parts: readonly Part[], out: Paper): string[] {
  const { style, prose = (text) => text } = out;
  return parts.flatMap(({ tone, heading, lines, verbatim }) => [
    prose(`  ${tinted(tone, heading, style)}`),
    ...lines.map((line) => (verbatim === true ? `    ${lineWords(line, style)}` : prose(`    ${lineWords(line, style)}`))),
  ]);
}

function lineWords({ tone, lead, text }: Line, style: Out['style']): string {
  return lead === undefined ? tinted(tone, text, style) : `${tinted(tone, lead, style)} ${text}`;
}

const STYLES: { readonly [tone in Exclude<Tone, 'plain'>]: Style } = { added: 'green', removed: 'red', changed: 'yellow', warning: 'yellow', quiet: 'dim', mark: 'accent', heading: 'bold' };

function tinted(tone: Tone, text: string, style: Out['style']): string {
  return tone === 'plain' ? text : style(STYLES[tone], text);
}

function stateWords({ state, outcome, ended }: Card): string {
  if (state === 'ended') return `${outcome ?? ''}${ended === null || ended === 'ran' ? '' : ` (${ended})`}`;
  return state === 'pending' ? 'waits for you' : state;
}

/** What the title and the effects don't show already. */
function actionLines(action: Action): string[] {
  if (action.kind !== 'run') return action.kind === 'read' && action.op === 'search' ? [`pattern: ${visible(action.pattern)}`] : [];
  const line = commandOf(action.argv);
  const warn = hidesSomething(line) ? ['! The command has hidden or look-alike characters; they are drawn as ‹…›.'] : [];
  const clean = action.clean === true ? ['clean: it does not see files that are marked as from outside'] : [];
  return [...warn, `in: ${visible(action.cwd)}   limit: ${Math.round(action.timeout / 1000)} s`, ...clean];
}
