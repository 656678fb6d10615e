// Takes an upper folder into a draft, over and over as told, to be killed while at it. Says so on a line after each.
import { readFileSync } from 'node:fs';
import { openDraft, type DraftPlace } from '../../src/execute/draft.ts';
import type { Effects } from '../../src/model/effects.ts';

interface Job {
  readonly place: DraftPlace;
  readonly steps: readonly ({ readonly accept: string; readonly upper: string; readonly effects: Effects } | { readonly drop: string } | { readonly remove: string })[];
}

const { place, steps } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Job;
const draft = openDraft(place);
process.stdout.write('ready\n');
for (const step of steps) {
  if ('accept' in step) await draft.accept(step.accept, step.upper, step.effects);
  else if ('drop' in step) await draft.drop([step.drop]);
  else await draft.removePaths([step.remove]);
  process.stdout.write('done\n');
}
