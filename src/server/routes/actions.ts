// One action as a card, and the person's answers. Saying yes needs the digest of the card that was seen: who
// hasn't looked, or looked at something that has changed since, can't (THREATS 10, 11).
import * as z from 'zod/mini';
import { readAction, textOf, type ActionRow } from '../../approvals/actions.ts';
import { recordShown, recordShownOnce } from '../../approvals/answer.ts';
import { cardOf, type Card } from '../../approvals/card.ts';
import type { PayloadInputs } from '../../audit/log.ts';
import { plainLines, type Part } from '../../approvals/drawing.ts';
import { diffOfPath, landingWords } from '../../approvals/effect-words.ts';
import { batchOf, pacePayload, readPace } from '../../approvals/yeses.ts';
import * as desk from '../../loop/desk.ts';
import { cancel } from '../../loop/halt.ts';
import { haltServices } from '../../loop/services.ts';
import { readSession } from '../../loop/session.ts';
import { findDiff } from '../../loop/shown-diff.ts';
import type { Workbench } from '../../loop/workbench.ts';
import { sha256 } from '../../model/digest.ts';
import { Fault } from '../../model/fault.ts';
import type { Into } from '../../model/event.ts';
import type { Id } from '../../model/id.ts';
import { visible } from '../../model/visible.ts';
import { argumentsOf } from '../../tools/arguments-of.ts';
import { answererOf } from '../answerer.ts';
import type { Credential } from '../credentials.ts';
import { actionLines, cardParts, cardText, effectsLines, effectsParts } from '../draw.ts';
import { workPaths } from '../paths.ts';
import { isRefusal, refuse, type Refusal } from '../refusal.ts';
import { PLAIN, route } from '../route.ts';
import { seenOf } from '../seen.ts';
import { action, answered, byId, diff, digest, effects, halted, id, parts, path, pieces, shown } from './shapes.ts';

export const actionCard = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/actions/:id',
  summary: 'One action as a card: exactly what would be, or was, done.',
  right: 'read',
  params: byId,
  answer: shown,
  handle({ workbench: bench }, { params }) {
    const row = readAction(bench.log.store.db, params.id);
    return drawn(bench, row);
  },
});

export const invoke = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/actions/:id/invoke',
  summary: 'Say yes to exactly the card that was seen, or to some paths and hunks of it only. The session then goes on by itself.',
  right: 'approve',
  params: byId,
  body: z.strictObject({ seen: digest, pieces: z.optional(pieces) }),
  answer: answered,
  async handle({ workbench, credential }, { params, body }) {
    const { log } = workbench;
    const slowed = slow(workbench, credential, params.id);
    if (isRefusal(slowed)) return slowed;
    const part = body.pieces === undefined ? undefined : await partNamed(workbench, params.id, body.seen, body.pieces);
    const looked = readAction(log.store.db, params.id);
    const { text, seen } = seenOf(cardOf(log, looked));
    if (seen !== body.seen) throw changed(params.id);
    // What the person had before their eyes is on record before their yes; both are queued at once, so that nothing
    // of this process comes between the look at the card and the answer, and nothing of another one unnoticed.
    const [, row] = await Promise.all([recordShownOnce(log, params.id, 'http', text), desk.invoke(workbench, params.id, answererOf(credential), looked, part, slowed)]);
    return answerOf(row);
  },
});

export const showAction = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/actions/:id/shown',
  summary: 'Put on record that exactly this card stands before the person now. Invoking does so by itself where nobody did.',
  right: 'approve',
  params: byId,
  body: z.strictObject({ seen: digest }),
  /** `recorded`: false where it was on record already. */
  answer: z.strictObject({ action: id, seen: digest, recorded: z.boolean() }),
  async handle({ workbench: { log } }, { params, body }) {
    const { text, seen } = seenOf(cardOf(log, readAction(log.store.db, params.id)));
    if (seen !== body.seen) throw changed(params.id);
    return { action: params.id, seen, recorded: await recordShownOnce(log, params.id, 'http', text) };
  },
});

export const deny = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/actions/:id/deny',
  summary: 'Say no, with a reason that the model hears. The session then goes on by itself.',
  right: 'approve',
  params: byId,
  body: z.strictObject({ why: z.string().check(z.maxLength(4000)) }),
  answer: answered,
  handle: async ({ workbench, credential }, { params, body }) => answerOf(await desk.deny(workbench, params.id, body.why, answererOf(credential))),
});

const edited = z.strictObject({ arguments: z.string() });

export const foresee = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/actions/:id/foresee',
  summary: 'What the action would be and do with other arguments (the JSON text of the tool\'s arguments). Changes nothing.',
  right: 'act',
  params: byId,
  body: edited,
  answer: z.strictObject({ action, effects, text: z.string(), parts, seen: digest }),
  handle: async ({ workbench }, { params, body }) => foreseen(params.id, await desk.foreseeEdit(workbench, params.id, body.arguments)),
});

export const edit = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/actions/:id/edit',
  summary: 'Change the arguments and say yes to the changed action, as `foresee` showed it. Both versions stay on record.',
  right: 'approve',
  params: byId,
  body: z.extend(edited, { seen: digest }),
  answer: answered,
  async handle({ workbench, credential }, { params, body }) {
    const slowed = slow(workbench, credential, params.id);
    if (isRefusal(slowed)) return slowed;
    const found = await desk.foreseeEdit(workbench, params.id, body.arguments);
    const { seen, text } = foreseen(params.id, found);
    if (seen !== body.seen) throw changed(params.id);
    await recordShown(workbench.log, params.id, 'http', text);
    return answerOf(await desk.edit(workbench, params.id, found, answererOf(credential), slowed));
  },
});

export const copyAction = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/actions/:id/copy',
  summary: 'Rehearse a command that waits anew, in a full copy of the workspace; then it is asked about again.',
  right: 'approve',
  params: byId,
  body: z.strictObject({ seen: digest }),
  answer: answered,
  async handle({ workbench, credential }, { params, body }) {
    const { text, seen } = seenOf(cardOf(workbench.log, readAction(workbench.log.store.db, params.id)));
    if (seen !== body.seen) throw changed(params.id);
    const [, row] = await Promise.all([recordShown(workbench.log, params.id, 'http', text), desk.editToCopy(workbench, params.id, answererOf(credential))]);
    return answerOf(row);
  },
});

export const actionDiff = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/actions/:id/diff',
  summary: 'The diff of one file of an action, also where the card had no room for it.',
  right: 'read',
  params: byId,
  query: z.strictObject({ path }),
  answer: z.strictObject({ path: z.string(), diff: z.nullable(diff), text: z.string() }),
  async handle({ workbench: bench }, { params, query }) {
    const { effects: judged } = cardOf(bench.log, readAction(bench.log.store.db, params.id));
    const one = judged === null ? undefined : await findDiff(bench, params.id, judged, query.path);
    const found = judged === null ? null : diffOfPath({ ...judged, diffs: one === undefined ? [] : [one] }, query.path, params.id);
    if (found === null) throw new Fault('id.unknown', `action ${params.id} changes no such path that is known`, `its card says which: /api/actions/${params.id}`);
    return { path: query.path, diff: found.diff ?? null, text: plainLines([found.part]).join('\n') };
  },
});

export const cancelAction = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/actions/:id/cancel',
  summary: 'Cancel one action that waits or runs, or end the command that stays which it began here.',
  right: 'act',
  params: byId,
  answer: halted,
  handle({ workbench, credential }, { params }) {
    readAction(workbench.log.store.db, params.id);
    return haltServices(workbench, { type: 'cancel.asked', target: params.id }, () => cancel(workbench.log, params.id, answererOf(credential)));
  },
});

interface Shown {
  readonly card: Card;
  readonly text: string;
  readonly seen: string;
  readonly arguments: string | null;
  readonly into: Into | null;
  readonly parts: readonly Part[];
  readonly landing: string;
  readonly pieces: boolean;
  readonly batch: Id | null;
  readonly title: string;
  readonly root: string;
}

async function drawn(bench: Workbench, row: ActionRow): Promise<Shown> {
  const card = cardOf(bench.log, row);
  const { profile } = bench.world(row.session);
  const call = argumentsOf(card.action);
  const { title, root } = readSession(bench.log.store.db, row.session);
  const drawnCard = { card, text: cardText(card, profile), seen: seenOf(card).seen, arguments: call === undefined ? null : JSON.stringify(call.args, null, 2), into: row.into_ };
  const landing = card.state === 'ended' ? '' : landingWords(card, card.id, profile);
  const more = { parts: cardParts(card), landing, pieces: await desk.isInPieces(bench, row, card.effects), batch: batchOf(bench.log.store.db, row), title: visible(textOf(bench.log, title)), root };
  return { ...drawnCard, ...more };
}

type Edited = Awaited<ReturnType<typeof desk.foreseeEdit>>;

function foreseen(from: Id, { changed: { action: next }, effects: would }: Edited): { readonly action: object; readonly effects: object; readonly text: string; readonly parts: readonly Part[]; readonly seen: string } {
  return { action: next, effects: would, parts: effectsParts(next, would), text: [...actionLines(next), '', ...effectsLines(next, would)].join('\n'), seen: sha256(JSON.stringify([from, next, would])) };
}

/** What of a burst of yeses goes on record with this one; a refusal where it comes too soon. Only a page is slowed: programs have no eyes. */
function slow({ log, clock }: Workbench, credential: Credential | null, of: Id): PayloadInputs | Refusal {
  if (credential?.kind !== 'session') return {};
  const pace = readPace(log, clock.now(), readAction(log.store.db, of));
  if (pace.wait === 0) return pacePayload(pace);
  return refuse(429, 'approvals.pace', pace.words, 'look at it, then answer; saying no needs no wait', { 'retry-after': String(Math.ceil(pace.wait / 1000)) });
}

/** The card is looked at first, so that who hasn't seen it learns nothing of what it could be taken apart into. */
async function partNamed(bench: Workbench, of: Id, seen: string, { paths = [], hunks = [] }: z.output<typeof pieces>): ReturnType<typeof desk.partOf> {
  const card = cardOf(bench.log, readAction(bench.log.store.db, of));
  if (seenOf(card).seen !== seen) throw changed(of);
  const root = card.action.kind === 'infer' ? '' : card.action.root;
  const at = workPaths(root, hunks.map((one) => one.path));
  return desk.partOf(bench, of, { paths: workPaths(root, paths), hunks: hunks.map(({ take }, index) => ({ path: at[index] ?? '', take: [...new Set(take)].toSorted((a, b) => a - b) })) });
}

function answerOf(row: ActionRow): z.output<typeof answered> {
  return { action: row.id, session: row.session, state: row.state };
}

function changed(action_: Id): Fault {
  return new Fault('action.changed', `action ${action_} is not what you saw: it changed, or was answered, since`, 'look at it again');
}
