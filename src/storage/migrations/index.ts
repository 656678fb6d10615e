// Every change of the store's shape, in order. A number is given out once; what was released is never edited.
import { log } from './001-log.ts';
import { work } from './002-work.ts';
import { rehearsals } from './003-rehearsals.ts';
import { rules } from './004-rules.ts';
import { marks } from './005-marks.ts';
import { trust } from './006-trust.ts';

export interface Migration {
  readonly version: number;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [log, work, rehearsals, rules, marks, trust];
