// How actions can be rehearsed here, workspace by workspace, and what is kept of them in the state folder.
import { existsSync } from 'node:fs';
import type { Log } from '../audit/log.ts';
import type { Home } from '../storage/home.ts';
import type { Check } from './containment.ts';
import { listUndo } from './undo-list.ts';
import { namesIn } from './names-in.ts';
import { placesIn } from './places.ts';
import { rehearsalEngine } from './rehearse-probe.ts';

const MEANS = {
  overlay: 'in a layered view, at the cost of what they change',
  copy: 'only in a full copy; each asks first',
  none: 'not at all: each asks before it runs in the workspace itself',
} as const;

export async function checkRehearsals(home: Home, log: Log): Promise<readonly Check[]> {
  const { scratch } = placesIn(home.state);
  const rows = log.store.db.prepare('SELECT root FROM workspaces ORDER BY root').all();
  const roots = rows.map((row) => String(row['root'])).filter((root) => existsSync(root));
  const checks: Check[] = [];
  let whole = 0;
  for (const root of roots) {
    const found = await rehearsalEngine(root, scratch);
    if (found.engine === 'overlay') whole++;
    else checks.push({ id: 'rehearsal', status: 'warn', detail: `in ${root} actions are rehearsed ${MEANS[found.engine]}: ${found.why}`, ...(found.fix === undefined ? {} : { fix: found.fix }) });
  }
  if (whole > 0 || roots.length === 0) {
    checks.push({ id: 'rehearsal', status: 'ok', detail: roots.length === 0 ? 'no workspace yet in which to try' : `in ${whole} workspace${whole === 1 ? '' : 's'} actions are rehearsed ${MEANS.overlay}` });
  }
  return [...checks, kept(home)];
}

function kept(home: Home): Check {
  const places = placesIn(home.state);
  const landings = listUndo(places);
  const megabytes = Math.ceil(landings.reduce((sum, { bytes }) => sum + bytes, 0) / 1024 ** 2);
  const drafts = namesIn(places.drafts).filter((session) => namesIn(`${places.drafts}/${session}/layers`).length > 0).length;
  return { id: 'undo', status: 'ok', detail: `${landings.length} landing${landings.length === 1 ? '' : 's'} can be undone (${megabytes} MB kept), ${drafts} draft${drafts === 1 ? '' : 's'}` };
}
