// Rules of one's own in files: those of the machine, the person, and workspaces, with all that is wrong. Trusting what a
// workspace brings needs the digest of what was shown: nobody trusts words that they haven't seen.
import * as z from 'zod/mini';
import { readWorkspaceText, trustLayer, untrustLayer, viewLayers, workspaceNamed } from '../../loop/policy-layers.ts';
import { answererOf } from '../answerer.ts';
import { PLAIN, route } from '../route.ts';
import { byId, digest, id } from './shapes.ts';

const rule = z.strictObject({
  id: z.string(),
  layer: z.enum(['machine', 'person', 'workspace']),
  /** A path; of a workspace's one within it. */
  file: z.string(),
  line: z.int(),
  verdict: z.enum(['allow', 'ask', 'deny']),
  reason: z.string(),
  /** Cedar, as it stands in the file. */
  text: z.string(),
  /** How often it decided. */
  used: z.int(),
});
const problem = z.strictObject({ file: z.string(), line: z.nullable(z.int()), code: z.string(), words: z.string(), hint: z.string() });
const workspaceLayer = z.strictObject({
  workspace: id,
  root: z.string(),
  /** `changed`: what lies there is not what was trusted, which goes on holding. */
  state: z.enum(['untrusted', 'trusted', 'changed']),
  /** To trust exactly what lies there now. */
  digest,
  /** That hold. */
  rules: z.array(rule),
  /** That lie there now, and are not those. */
  offered: z.array(rule),
  problems: z.array(problem),
  /** What was trusted is not on record any more: nothing may be done in this workspace. */
  broken: z.boolean(),
});

export const policyLayers = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/policy/layers',
  summary: 'Rules of one\'s own in files, of the machine, the person and workspaces: where they stand, and all that is wrong with them.',
  right: 'read',
  answer: z.strictObject({
    /** False: nothing may be done until the files are mended. */
    holds: z.boolean(),
    folders: z.array(z.strictObject({ layer: z.enum(['machine', 'person']), path: z.string() })),
    rules: z.array(rule),
    problems: z.array(problem),
    workspaces: z.array(workspaceLayer),
  }),
  handle({ workbench }) {
    const { rules, problems, workspaces, folders, holds } = viewLayers(workbench);
    return { holds, folders: [...folders], rules: [...rules], problems: [...problems], workspaces: workspaces.map(shown) };
  },
});

export const rulesTextOf = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/workspaces/:id/rules',
  summary: 'The files of rules in a workspace, word for word: what lies there now, beside what is trusted.',
  right: 'read',
  params: byId,
  answer: z.strictObject({
    state: z.enum(['none', 'untrusted', 'trusted', 'changed']),
    /** To trust exactly what lies there now. */
    digest,
    /** Null on a side: not there. */
    files: z.array(z.strictObject({ file: z.string(), trusted: z.nullable(z.string()), now: z.nullable(z.string()) })),
    problems: z.array(problem),
    broken: z.boolean(),
  }),
  handle({ workbench }, { params }) {
    const { files, problems, ...told } = readWorkspaceText(workbench, workspaceNamed(workbench, params.id));
    return { ...told, files: [...files], problems: [...problems] };
  },
});

export const trustRulesOf = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/workspaces/:id/rules',
  summary: 'Trust the rules that a workspace brings: exactly those that were seen hold from here on.',
  right: 'approve',
  params: byId,
  body: z.strictObject({ digest }),
  answer: workspaceLayer,
  handle: async ({ workbench, credential }, { params, body }) => shown(await trustLayer(workbench, workspaceNamed(workbench, params.id), answererOf(credential), body.digest)),
});

export const untrustRulesOf = route({
  ...PLAIN,
  method: 'DELETE',
  path: '/api/workspaces/:id/rules',
  summary: 'Take back the trust in a workspace\'s rules; they hold no more.',
  right: 'approve',
  params: byId,
  answer: z.strictObject({ workspace: id }),
  async handle({ workbench, credential }, { params }) {
    await untrustLayer(workbench, params.id, answererOf(credential));
    return { workspace: params.id };
  },
});

function shown(one: ReturnType<typeof viewLayers>['workspaces'][number]): z.output<typeof workspaceLayer> {
  return { ...one, rules: [...one.rules], offered: [...one.offered], problems: [...one.problems] };
}
