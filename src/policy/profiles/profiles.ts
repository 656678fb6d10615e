// The built-in profiles, each a list of rule files. Silence asks, so a stricter profile is a shorter list.
import type { RuleFile } from '../cedar-file.ts';
import { BASE, TRYING } from './base.ts';
import { FLOW } from './flow.ts';
import { SEALED } from './sealed.ts';

export const FLOW_PROFILES = ['strict', 'step', 'draft', 'sealed'] as const;
export type FlowProfile = (typeof FLOW_PROFILES)[number];

export function isFlowProfile(word: string): word is FlowProfile {
  return FLOW_PROFILES.some((one) => one === word);
}

export const PROFILE_FILES: Readonly<Record<FlowProfile, readonly RuleFile[]>> = {
  strict: [BASE],
  step: [BASE, TRYING, FLOW],
  draft: [BASE, TRYING, FLOW],
  sealed: [BASE, TRYING, SEALED],
};
