// What hands say of an action before and after: what it would do or did in a rehearsal, and what came of it.
import type { Grant } from '../approvals/grant.ts';
import type { Ending, Ground, Kept, NewLanding } from '../approvals/rehearsals.ts';
import type { Action } from '../model/action.ts';
import type { Digest } from '../model/digest.ts';
import type { Effects } from '../model/effects.ts';
import type { FaultCode } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import type { Label } from '../model/label.ts';
import type { Watch } from '../model/live.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Proposal } from '../model/proposal.ts';
import type { Reply } from '../providers/reply.ts';
import type { NameRules } from '../approvals/marks.ts';
import type { Recovered } from '../approvals/recover.ts';
import type { Pieces } from '../approvals/pieces.ts';
import type { Draft } from './draft.ts';
import type { Composed } from './draft-hunks.ts';
import type { Services } from './services.ts';

/** What would happen, and the means to make it happen once a grant allows it. */
export interface Foreseen {
  readonly effects: Effects;
  /** Canonical bytes of what exactly would be started (argv, cwd, environment names, limits), or null. */
  readonly command: Uint8Array | null;
  /** Only `Hands.carryOut` calls this, with the action parsed from the granted bytes. */
  land(action: Action, watch: Watch): Promise<Landed>;
  /** Where it isn't carried out now: throws away what was made for it. */
  discard?(): Promise<void>;
}

export interface Landed {
  readonly outcome: Outcome;
  /** All output that was kept, for the log. */
  readonly output: Uint8Array | null;
  /** The files were no longer what was judged, so nothing was done. */
  readonly drifted?: boolean;
  /** What it changed in the workspace, if anything, isn't known. */
  readonly unseen?: true;
  /** Of a read: some of what was asked for is left out, and the text says so. */
  readonly cut?: true;
  /** What can be undone now. */
  readonly landing?: NewLanding;
  /** Of an inference that gave no usable answer. */
  readonly problem?: { readonly code: FaultCode; readonly words: string; readonly hint?: string };
  /** Of an inference that did. */
  readonly answer?: { readonly reply: Reply; readonly received: Uint8Array; readonly status: number };
}

/** An action about to be tried in a copy of the world. Whoever has it runs or discards it. */
export interface Rehearsing {
  /** Canonical bytes of what exactly is started, or null. */
  readonly command: Uint8Array | null;
  /** Does it, once. Never throws for what the action does; a fault of the house is thrown, and nothing is left then. */
  run(watch: Watch): Promise<Rehearsal>;
  discard(): Promise<void>;
}

/** What came of it. Whoever has it keeps or discards it. */
export interface Rehearsal {
  readonly effects: Effects;
  readonly ending: Ending;
  readonly ground: Ground;
  /** False when a limit or a cancel ended it, or it couldn't be done: then nothing of it is to land. */
  readonly whole: boolean;
  /** What the model hears. */
  readonly text: string;
  readonly label: Label;
  readonly output: Uint8Array | null;
  /** Keeps what was written until `Rehearsals.drop`, also over a restart. */
  keep(): Promise<void>;
  /** Keeps what was written as a layer of the session's draft. */
  accept(): Promise<void>;
  discard(): Promise<void>;
}

/** What was kept, looked at again before it lands. */
export interface Reread {
  /** What has changed underneath; then `effects` say what it would do to the workspace as it is now. */
  readonly drifted: boolean;
  readonly effects: Effects;
  /** Milliseconds since 1970, to be kept instead of the former. */
  readonly started: number;
}

/** Where actions are tried, and where what they wrote is kept. */
export interface Rehearsals {
  /** How a workspace's actions are tried here: in a view, in a full copy, or not at all. */
  means(root: string): 'view' | 'copy' | 'none';
  /** True for an action that is judged by what it does in a copy of the world. */
  takes(proposal: Proposal): boolean;
  /** Of what the model hears of it. */
  label(proposal: Proposal): Label;
  /** Does a session's draft hold anything? */
  hasDraft(session: Id): boolean;
  /** Sessions with a draft, each with its accepted actions, oldest first. */
  drafts(): readonly { readonly session: Id; readonly actions: readonly Id[] }[];
  draft(session: Id, root: string): Promise<Draft>;
  /** A draft as it is now, to be looked at by path until it is closed. */
  look(session: Id, root: string): Promise<{ readonly path: string; close(): Promise<void> }>;
  /** Does it still stand on the ground that it was rehearsed on? `over`: what of its ground has not landed yet. */
  stands(kept: Kept, over: readonly Id[]): boolean;
  /** Makes all ready; starts nothing. @param over kept rehearsals to stand on, in order. */
  prepare(proposal: Proposal, over: readonly Id[]): Promise<Rehearsing>;
  /** Learns from a rehearsal that couldn't be made. */
  failed(proposal: Proposal, error: unknown): void;
  /** Looks at the workspace again, for what was judged before. */
  reread(proposal: Proposal, kept: Kept, effects: Effects): Promise<Reread>;
  /** Some pieces of what was kept, as they would land. @throws `pieces.path`, `pieces.hunk`. */
  compose(proposal: Proposal, kept: Kept, effects: Effects, pieces: Pieces): Promise<Composed>;
  /** Lands what was kept in the real workspace; of a part, only that. */
  landing(proposal: Proposal, kept: Kept, effects: Effects, text: string, part?: Composed): Promise<Foreseen>;
  /** Takes what was kept into the session's draft. */
  accept(proposal: Proposal, effects: Effects): Promise<void>;
  /** Ends what a crash cut off while landing, before anything else lands. By action: did it end as before, or as landed? */
  recover(): Promise<ReadonlyMap<Id, Recovered>>;
  /** Throws away, in the background, what no open action needs any more, and pre-images that are too old or too many. */
  sweep(): void;
  /** Throws away what was kept. */
  drop(action: Id): Promise<void>;
  /** Commands that stay, of this process. */
  services(): Promise<Services>;
  /** Ends those of a session; without one all of them, for good. */
  stopServices(session?: Id): Promise<void>;
  close(): Promise<void>;
}

/** The only hands. */
export interface Hands {
  readonly rehearsals: Rehearsals;
  /** For the marks of what is done. */
  readonly names: NameRules;
  /** Of the words in which a fault or a refusal is told. */
  failureLabel(proposal: Proposal, error: unknown): Label;
  foresee(proposal: Proposal): Promise<Foreseen>;
  /** Spends the grant; throws its Fault when it doesn't fit. After that every failure is an Outcome. */
  carryOut(grant: Grant, target: { readonly action: Id; readonly proposal: Digest; readonly effects: Digest | null }, foreseen: Foreseen, watch: Watch): Promise<Landed>;
}
