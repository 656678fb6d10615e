// A card as plain text, for a page that only shows text. Nothing is cut without saying so and nothing hides: control,
// format and look-alike characters are drawn visibly (THREATS 11). INVARIANT: what stands at the very left is ours.
import type { Card } from '../approvals/card.ts';
import { plainLines, type Part } from '../approvals/drawing.ts';
import { originParts } from '../approvals/origin-words.ts';
import { chosenPart } from '../approvals/pieces.ts';
import { effectParts, landingWords, undoWords } from '../approvals/effect-words.ts';
import type { Action } from '../model/action.ts';
import type { Effects } from '../model/effects.ts';
import { visible } from '../model/visible.ts';

/** Changes that a page lists one by one; how many more there are is said. */
const MANY = 20_000;

/** The picture of what a card would do, or did: effects, diffs, clashes, how its rehearsal went. */
export function cardParts(card: Card): Part[] {
  const rehearsal = card.state === 'ended' ? null : card.rehearsal;
  return [...effectParts({ ...card, rehearsal }, { id: card.id, many: MANY }), ...(card.chosen === null ? [] : [chosenPart(card.chosen)])];
}

/** @param profile that holds now, where it is known. */
export function cardText(card: Card, profile?: string): string {
  const { action, effects } = card;
  const landing = card.state === 'pending' && profile !== undefined ? landingWords(card, card.id, profile) : '';
  const lines = [
    `${card.by === 'model' ? 'The model' : card.by === 'person' ? 'A person' : 'The workbench'} wants to:`,
    ...actionLines(action),
    '',
    ...(effects === null ? ['What it would do is not known yet.'] : plainLines(cardParts(card))),
    ...plainLines(originParts(card, { most: MANY, rest: `pwb show ${card.id} --all` })),
    '',
    ...(card.why === '' ? [] : ['In its own words:', ...block(card.why)]),
    `Rules: ${visible(card.rules.join(', '))}`,
    ...(card.reason === '' ? [] : [visible(card.reason)]),
    ...(card.label.integrity === 'person' ? [] : [`It had read: ${visible(card.label.sources.join(', ')) || 'the workspace'} (${card.label.integrity}, ${card.label.secrecy})`]),
    ...(card.editedFrom === null ? [] : [`A person edited ${card.editedFrom} to get this.`]),
    ...(landing === '' ? (effects === null || card.state !== 'pending' ? [] : ['', undoWords(effects, card.id)]) : ['', `Invoke: ${landing}`]),
    ...(card.expires === null || card.state !== 'pending' ? [] : [`Without an answer it is refused at ${card.expires}.`]),
    ...(card.outcome === null ? [] : ['', `It ended: ${card.outcome}${card.ended === null ? '' : ` (${card.ended})`}${card.exit === null ? '' : `, exit ${card.exit}`}`]),
    ...(card.result === null ? [] : block(card.result)),
  ];
  return lines.join('\n');
}

/** What exactly would be done: every field of the action, none left out. */
export function actionLines(action: Action): string[] {
  const { kind, ...fields } = action;
  const op = 'op' in fields ? ` (${fields.op})` : '';
  const rows = Object.entries(fields).filter(([name]) => name !== 'op' && name !== 'workspace').toSorted(([a], [b]) => rank(a) - rank(b));
  return [`  ${kind}${op}`, ...rows.flatMap(([name, value]) => field(name, value))];
}

/** What an edited action would do, which is on no record yet: all of it. */
export function effectsLines(action: Action, effects: Effects): string[] {
  return plainLines(effectsParts(action, effects));
}

export function effectsParts(action: Action, effects: Effects): Part[] {
  return effectParts({ action, effects, rehearsal: null, rules: [] }, { id: null, many: MANY });
}

/** What matters most comes first; the rest keeps its order, and where it all happens comes last. */
function rank(name: string): number {
  const at = ['path', 'to', 'argv', 'cwd'].indexOf(name);
  return at >= 0 ? at : name === 'root' ? 9 : 5;
}

function field(name: string, value: unknown): string[] {
  if (Array.isArray(value)) return [`  ${name}:`, ...value.map((item, at) => `    [${at}] ${visible(typeof item === 'string' ? item : JSON.stringify(item))}`)];
  const text = String(value);
  return text.includes('\n') ? [`  ${name}:`, ...block(text)] : [`  ${name}: ${visible(text, '\t')}`];
}

function block(text: string): string[] {
  return visible(text, '\n\t').split('\n').map((line) => `  | ${line}`);
}
