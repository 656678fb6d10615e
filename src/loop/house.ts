// What the loop needs of the other rooms, connected once in main.ts.
import type { Log } from '../audit/log.ts';
import type { Hands } from '../execute/landing.ts';
import type { Id } from '../model/id.ts';
import type { Clock } from '../model/clock.ts';
import type { Policy, World } from '../policy/policy.ts';
import type { OwnRuleFiles } from './own-rules.ts';
import type { Endpoint } from '../providers/endpoint.ts';

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
  /** One's own rules, of the machine, the person and workspaces. */
  readonly own: OwnRuleFiles;
  readonly budgets: Budgets;
  /** @param session whose profile counts; without one, the configured profile. */
  world(session?: Id): World;
  /** The endpoint that a session's model name stands for now. Throws `model.*` Faults with a next step. */
  endpoint(model: string, session?: Id): Promise<Endpoint>;
  /** The exact JSON of the tools that a session is offered. */
  toolsJson(session: Id): string;
}
