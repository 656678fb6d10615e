// The question that policy answers and the world that it may look at. Policy judges actions, effects and
// labels; it never sees a tool's text, and it never acts.
import type { Decision } from '../model/decision.ts';
import type { Effects } from '../model/effects.ts';
import type { Into, Stage } from '../model/event.ts';
import type { Profile } from '../model/profile.ts';
import type { Id } from '../model/id.ts';
import type { Proposal } from '../model/proposal.ts';
import type { Facts } from './cedar-facts.ts';
import type { Standing } from './standing.ts';

export type { Profile } from '../model/profile.ts';

/** What is true of this machine and this house when the question is asked. */
export interface World {
  readonly profile: Profile;
  /** Is there a sandbox to run things in? */
  readonly sandbox: boolean;
  /** Where the session works, for what names no workspace itself. Absent or empty: nowhere. */
  readonly workspace?: Id;
  /** How actions in this workspace are tried: in a view, in a full copy, or not at all. */
  means(root: string): 'view' | 'copy' | 'none';
  /** Is this a session of the profile sealed, whose draft is not to be landed? Absent: none is. */
  isSealed?(session: Id): boolean;
  /** Is this still a workspace that a person has registered, at this root? */
  isWorkspace(id: Id, root: string): boolean;
  /** Does this absolute path belong to the product's own state or configuration? */
  isClosed(path: string): boolean;
  /** Origins (`https://host:port`) of models that a person's rule allows although they are not on this machine. */
  readonly remote: readonly string[];
  /** Does this workspace-relative path name a file that usually holds secrets? */
  isSecret(path: string): boolean;
  /** Does this URL lead to this machine or its networks, by what it says itself? */
  closedUrl(url: string): boolean;
  /** The standing rules of the person, the oldest first. */
  standing(): readonly Standing[];
}

export interface Question {
  readonly stage: Stage;
  readonly proposal: Proposal;
  readonly effects: Effects;
  /** Where the effects would go. At the stage `rehearse`: nothing lasts yet. */
  readonly into: Into;
  readonly world: World;
  /** Facts about where its words come from. Absent: it has none that choose, or carry, anything. */
  readonly flow?: FlowFacts;
}

export type FlowFacts = Partial<Pick<Facts, 'destination' | 'selector' | 'critical' | 'payload' | 'carries' | 'newLinks' | 'newAddresses' | 'newValues' | 'references' | 'spoken' | 'anchored' | 'oversize' | 'addresses' | 'apart' | 'again' | 'secrecy' | 'integrity'>>;

/** Answers at once and never throws: an error inside a rule is a denial that names the rule. */
export interface Policy {
  decide(question: Question): Decision;
  /** Makes the rules of a profile ready, so that the first decision doesn't have to: 50 ms of this thread. Never throws. */
  warm(profile: Profile, workspace: Id): void;
}
