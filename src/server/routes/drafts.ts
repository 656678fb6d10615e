// Drafts: what accepted actions have piled up and the workspace doesn't have yet, to be looked at, landed or dropped.
import * as z from 'zod/mini';
import { readAction, readProposal } from '../../approvals/actions.ts';
import { plainLines, type Part } from '../../approvals/drawing.ts';
import { checkPieces, draftLine, dropFromDraft, effectsOfDraft, listDrafts, openDraftOf, proposeCommit, type DraftLine } from '../../loop/drafts.ts';
import type { Workbench } from '../../loop/workbench.ts';
import type { Commit } from '../../model/action.ts';
import type { Effects } from '../../model/effects.ts';
import { Fault } from '../../model/fault.ts';
import type { Id } from '../../model/id.ts';
import { answererOf } from '../answerer.ts';
import { actionLines, effectsParts } from '../draw.ts';
import { workPaths } from '../paths.ts';
import { PLAIN, route } from '../route.ts';
import { byId, effects, id, parts, path, paths, pieces, proposed } from './shapes.ts';

/** `session`: whose draft it is. Accepted actions, oldest first. */
const line = z.strictObject({ session: id, root: z.string(), title: z.string(), actions: z.array(id) });
const ids = z.array(id).check(z.minLength(1), z.maxLength(10_000));

export const drafts = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/drafts',
  summary: 'All drafts that hold something, that of the session used last first.',
  right: 'read',
  answer: z.strictObject({ drafts: z.array(line) }),
  handle: ({ workbench }) => ({ drafts: listDrafts(workbench) }),
});

export const draft = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/drafts/:id',
  summary: 'The draft of a session: its actions, what it would change, and which actions made each path so.',
  right: 'read',
  params: byId,
  answer: z.extend(line, {
    /** What each was, drawn; null where that was erased. */
    actions: z.array(z.strictObject({ id, text: z.nullable(z.string()) })),
    /** Without diffs: see its diff. */
    effects,
    makers: z.record(z.string(), z.array(id)),
    text: z.string(),
    parts,
  }),
  async handle({ workbench }, { params }) {
    const one = draftLine(workbench, params.id);
    const all = { ...(await effectsOfDraft(workbench, one.session, [])), diffs: [] };
    const makers = (await openDraftOf(workbench, one.session)).makers();
    return { ...one, actions: one.actions.map((action) => ({ id: action, text: drawnAction(workbench, action) })), effects: all, makers: Object.fromEntries(makers), ...drawn(one, all) };
  },
});

export const draftDiff = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/drafts/:id/diff',
  summary: 'What a draft, or one path of it, would change in the workspace as it is now, with diffs. Hunks are counted from 1.',
  right: 'read',
  params: byId,
  query: z.strictObject({ path: z.optional(path) }),
  answer: z.strictObject({ session: id, root: z.string(), effects, text: z.string(), parts }),
  async handle({ workbench }, { params, query }) {
    const one = draftLine(workbench, params.id);
    const some = await effectsOfDraft(workbench, one.session, workPaths(one.root, query.path === undefined ? [] : [query.path]));
    return { session: one.session, root: one.root, effects: some, ...drawn(one, some) };
  },
});

export const commitDraft = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/drafts/:id/commit',
  summary: 'Propose to land a draft: all of it, or only some paths, and of files only some hunks. It then waits in the inbox.',
  right: 'act',
  status: 202,
  params: byId,
  body: pieces,
  answer: proposed,
  async handle({ workbench, turns }, { params, body }) {
    const one = draftLine(workbench, params.id);
    const named = piecesNamed(one, body);
    await checkPieces(workbench, one.session, named);
    turns.checkRoom(); // Rather than leave a proposal that nobody carries on.
    const made = proposeCommit(workbench, one.session, named, 'http');
    await workbench.log.settle();
    turns.resume(made.session);
    return made;
  },
});

export const dropDraft = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/drafts/:id/drop',
  summary: 'Throw away from a draft, at once: some paths, some actions with all that rest on them, or everything.',
  right: 'approve',
  params: byId,
  /** One of the three. */
  body: z.strictObject({ paths: z.optional(paths.check(z.minLength(1))), actions: z.optional(ids), all: z.optional(z.literal(true)) }),
  /** Actions that went whole. */
  answer: z.strictObject({ session: id, dropped: z.array(id) }),
  async handle({ workbench, credential }, { params, body }) {
    const one = draftLine(workbench, params.id);
    if (Object.keys(body).length !== 1) throw new Fault('draft.drop', 'it is not said what to drop', 'name paths, or actions, or say all: true');
    const what = body.paths !== undefined ? { paths: workPaths(one.root, body.paths) } : body.actions !== undefined ? { actions: body.actions } : 'all';
    return { session: one.session, dropped: await dropFromDraft(workbench, one.session, what, answererOf(credential)) };
  },
});

export const viewDraft = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/drafts/:id/view',
  summary: 'Hold a draft, as it is now, where it can be looked at by path, until it is closed or the server ends. What is changed there is thrown away.',
  right: 'act',
  status: 201,
  params: byId,
  answer: z.strictObject({ session: id, path: z.string() }),
  async handle({ workbench, opened }, { params }) {
    const { session, root } = draftLine(workbench, params.id);
    await openDraftOf(workbench, session);
    return { session, path: await opened.look(workbench, session, root) };
  },
});

export const closeDraftView = route({
  ...PLAIN,
  method: 'DELETE',
  path: '/api/drafts/:id/view',
  summary: 'Close what was opened to look at a draft.',
  right: 'act',
  params: byId,
  answer: z.strictObject({ session: id }),
  async handle({ opened }, { params }) {
    await opened.closeLook(params.id);
    return { session: params.id };
  },
});

interface Named {
  readonly paths?: readonly string[] | undefined;
  readonly hunks?: readonly { readonly path: string; readonly take: readonly number[] }[] | undefined;
}

function piecesNamed({ root }: DraftLine, { paths: named = [], hunks = [] }: Named): Pick<Commit, 'paths' | 'hunks'> {
  const at = workPaths(root, hunks.map((one) => one.path));
  return { paths: workPaths(root, named), hunks: hunks.map(({ take }, index) => ({ path: at[index] ?? '', take: [...new Set(take)].toSorted((a, b) => a - b) })) };
}

function drawn({ session, root }: DraftLine, some: Effects): { readonly text: string; readonly parts: readonly Part[] } {
  const picture = effectsParts({ kind: 'commit', workspace: '', root, draft: session, paths: [], hunks: [] }, some);
  return { text: plainLines(picture).join('\n'), parts: picture };
}

function drawnAction({ log }: Workbench, action: Id): string | null {
  try {
    return actionLines(readProposal(log, readAction(log.store.db, action)).proposal.action).join('\n');
  } catch (error) {
    if (error instanceof Fault && error.code === 'action.erased') return null;
    throw error;
  }
}
