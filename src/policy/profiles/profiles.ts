// The built-in profiles, each a list of rule files. Silence asks, so a stricter profile is a shorter list.
import type { Profile } from '../../model/profile.ts';
import type { RuleFile } from '../cedar-file.ts';
import { BASE, TRYING } from './base.ts';
import { FLOW } from './flow.ts';
import { SEALED } from './sealed.ts';

export const PROFILE_FILES: Readonly<Record<Profile, readonly RuleFile[]>> = {
  strict: [BASE],
  step: [BASE, TRYING, FLOW],
  draft: [BASE, TRYING, FLOW],
  sealed: [BASE, TRYING, SEALED],
};
