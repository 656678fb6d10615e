// What hands say of an action before and after: what it would do, and what came of it.
import type { Grant } from '../approvals/grant.ts';
import type { Action } from '../model/action.ts';
import type { Digest } from '../model/digest.ts';
import type { Effects } from '../model/effects.ts';
import type { FaultCode } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import type { Watch } from '../model/live.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Proposal } from '../model/proposal.ts';
import type { Reply } from '../providers/reply.ts';

/** What would happen, and the means to make it happen once a grant allows it. */
export interface Foreseen {
  readonly effects: Effects;
  /** Canonical bytes of what exactly would be started (argv, cwd, environment names, limits), or null. */
  readonly command: Uint8Array | null;
  /** Only `Hands.carryOut` calls this, with the action parsed from the granted bytes. */
  land(action: Action, watch: Watch): Promise<Landed>;
}

export interface Landed {
  readonly outcome: Outcome;
  /** All output that was kept, for the log. */
  readonly output: Uint8Array | null;
  /** The files were no longer what was judged, so nothing was done. */
  readonly drifted?: boolean;
  /** Of an inference that gave no usable answer. */
  readonly problem?: { readonly code: FaultCode; readonly words: string; readonly hint?: string };
  /** Of an inference that did. */
  readonly answer?: { readonly reply: Reply; readonly received: Uint8Array; readonly status: number };
}

/** The only hands. */
export interface Hands {
  foresee(proposal: Proposal): Promise<Foreseen>;
  /** Spends the grant; throws its Fault when it doesn't fit. After that every failure is an Outcome. */
  carryOut(grant: Grant, target: { readonly action: Id; readonly proposal: Digest; readonly effects: Digest | null }, foreseen: Foreseen, watch: Watch): Promise<Landed>;
}
