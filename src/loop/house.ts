// What the loop needs of the other rooms, connected once in main.ts.
import type { Log } from '../audit/log.ts';
import type { Grant } from '../approvals/grant.ts';
import type { Action } from '../model/action.ts';
import type { Digest } from '../model/digest.ts';
import type { Clock } from '../model/clock.ts';
import type { Effects } from '../model/effects.ts';
import type { Id } from '../model/id.ts';
import type { Watch } from '../model/live.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Proposal } from '../model/proposal.ts';
import type { Policy, World } from '../policy/policy.ts';
import type { Endpoint } from '../providers/endpoint.ts';
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
  /** Of an inference. */
  readonly answer?: { readonly reply: Reply; readonly received: Uint8Array; readonly status: number };
}

/** The only hands. */
export interface Hands {
  foresee(proposal: Proposal): Promise<Foreseen>;
  /** Spends the grant; throws its Fault when it doesn't fit. After that every failure is an Outcome. */
  carryOut(grant: Grant, target: { readonly action: Id; readonly proposal: Digest; readonly effects: Digest | null }, foreseen: Foreseen, watch: Watch): Promise<Landed>;
}

export interface Budgets {
  /** Model requests a turn. */
  readonly steps: number;
  /** Tokens a turn, prompts and answers together. */
  readonly tokens: number;
  /** How long a proposal waits for a person, in milliseconds. */
  readonly patience: number;
}

export interface House {
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: Policy;
  readonly hands: Hands;
  readonly budgets: Budgets;
  world(): World;
  /** The endpoint that a session's model name stands for now. Throws `model.*` Faults with a next step. */
  endpoint(model: string): Promise<Endpoint>;
  /** The exact JSON of the tools that may be offered here. */
  toolsJson(): string;
}
