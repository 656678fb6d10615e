// Profiles: how much is asked, and when. The person picks one; a session may have its own.

/**
 * `draft`: what actions do piles up in the session's draft, and is asked about when that is committed.
 * `step`: each action with an effect asks before it lands. `strict`: every action asks before it is rehearsed, too.
 * `sealed`: for malware and privileged files. As `draft`, but nothing reaches a network, nothing is landed, and no
 * model elsewhere is asked.
 */
export const PROFILES = ['draft', 'step', 'strict', 'sealed'] as const;
export type Profile = (typeof PROFILES)[number];

export const PROFILE_WORDS: { readonly [profile in Profile]: string } = {
  draft: 'what actions change piles up in a draft; you are asked when you commit it',
  step: 'each action with an effect asks before it lands (the default)',
  strict: 'every action asks before it is rehearsed, and again before it lands',
  sealed: 'for malware and privileged files: no network, nothing is landed, no model elsewhere; what actions change stays in a draft',
};

/** What actions change piles up in the session's draft. */
export function drafts(profile: Profile): boolean {
  return profile === 'draft' || profile === 'sealed';
}

export function isProfile(word: unknown): word is Profile {
  return PROFILES.some((profile) => profile === word);
}
