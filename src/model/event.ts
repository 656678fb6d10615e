// Events: the closed vocabulary of the log. Inline fields hold only ids, closed words, numbers, digests and
// times; everything a person, a model or a file said is a payload, committed to by a salted digest, so that it
// can be erased while the tree stays verifiable.
import type { ActionKind } from './action.ts';
import type { Verdict } from './decision.ts';
import type { Digest } from './digest.ts';
import type { Id } from './id.ts';
import type { LimitHit, OutcomeKind } from './outcome.ts';
import type { Proposer } from './proposal.ts';

/** What an event says, before the log gives it a place. Each type's payload names stand behind it. */
export type EventBody =
  /** The first event of every log. */
  | { readonly type: 'log.opened'; readonly format: 1; readonly origin: string; readonly key: string }
  /** payload `detail`: {workspace, root, model} */
  | { readonly type: 'session.started'; readonly session: Id; readonly door: Door }
  /** payload `title` */
  | { readonly type: 'session.renamed'; readonly session: Id }
  /** payload `detail`: {model, profile}, those that are other ones now; a profile of null is the configured one */
  | { readonly type: 'session.changed'; readonly session: Id; readonly door: Door; readonly credential: string }
  /** The conversation goes on as if message `index` had not been said, nor what came since event `from`, with which its turn began. Precedes what the new `epoch` begins with. payload `detail`: words */
  | { readonly type: 'session.rewound'; readonly session: Id; readonly turn: number; readonly epoch: number; readonly index: number; readonly from: number; readonly door: Door; readonly credential: string }
  /** payloads `message`: the exact bytes that enter the context; `files`, where a person attached some: {said, files} */
  | { readonly type: 'message.added'; readonly session: Id; readonly turn: number; readonly role: MessageRole; readonly epoch: number; readonly index: number; readonly action?: Id }
  /** payload `detail`: what was left out, in words */
  | { readonly type: 'context.compacted'; readonly session: Id; readonly turn: number; readonly replaced: number }
  /** payload `detail`: words */
  | { readonly type: 'turn.ended'; readonly session: Id; readonly turn: number; readonly why: TurnEnd }
  /** payload `proposal`: canonical bytes; its digest is the proposal's digest */
  | { readonly type: 'action.proposed'; readonly action: Id; readonly session: Id; readonly turn: number; readonly by: Proposer; readonly kind: ActionKind; readonly editedFrom?: Id }
  /** payloads `reason`; `effects` where they are known (canonical bytes); `facts` that the rules judged; of a question `origins`, see model/origin.ts */
  | { readonly type: 'action.decided'; readonly action: Id; readonly stage: Stage; readonly verdict: Verdict; readonly rules: readonly string[]; readonly profile: string }
  /** payload `card`: the exact text or JSON that the person was shown */
  | { readonly type: 'action.shown'; readonly action: Id; readonly door: Door }
  /** payloads `why` (a denial's reason); of a yes to a part `pieces` and `effects`; `pace` where it was slowed */
  | { readonly type: 'action.answered'; readonly action: Id; readonly answer: Answer; readonly door: Door; readonly credential: string }
  /** Intent. Durable before the effect. `expires` is a time. */
  | { readonly type: 'action.granted'; readonly action: Id; readonly grant: Id; readonly proposal: Digest; readonly effects?: Digest; readonly by: 'rule' | 'person'; readonly expires: string }
  /** What ran. payload `command`: {argv, cwd, environment names, limits, containment}. Before the start; with the grant, unless it is rehearsed: nothing of that lasts. */
  | { readonly type: 'action.started'; readonly action: Id; readonly stage?: Stage }
  /** What it did in its copy of the world. What it changed there stands with the decision that follows. payloads `result` (what the model hears if it lands), `output` */
  | { readonly type: 'action.rehearsed'; readonly action: Id; readonly exit?: number; readonly signal?: string; readonly limits?: readonly LimitHit[]; readonly duration: number }
  /** Outcome. payloads: `result` (what the model hears), `output` (all that was kept), `detail` {touched} */
  | { readonly type: 'action.ended'; readonly action: Id; readonly outcome: OutcomeKind; readonly why: EndWhy; readonly exit?: number; readonly signal?: string; readonly limits?: readonly LimitHit[]; readonly duration: number; readonly into?: Into }
  /** An answer of a model. payloads: `response` (exact bytes received) */
  | { readonly type: 'model.answered'; readonly action: Id; readonly finish: string; readonly calls: number; readonly promptTokens?: number; readonly outputTokens?: number; readonly status: number }
  | { readonly type: 'cancel.asked'; readonly target: Id; readonly door: Door; readonly credential: string }
  /** Panic: everything that runs is cancelled, every grant and pending proposal revoked. */
  | { readonly type: 'stop.asked'; readonly door: Door; readonly credential: string }
  /** payload `detail` */
  | { readonly type: 'workspace.added' | 'workspace.removed'; readonly workspace: Id; readonly door: Door }
  /** payload `detail`: the setting's name and its new value, never a secret */
  | { readonly type: 'config.changed'; readonly door: Door }
  /** A person's standing rule, made from what was seen of an action. payload `detail`: the rule */
  | { readonly type: 'rule.added'; readonly rule: Id; readonly action: Id; readonly door: Door; readonly credential: string }
  | { readonly type: 'rule.removed'; readonly rule: Id; readonly door: Door; readonly credential: string }
  /** Files of a workspace that what was read from outside has shaped. `into` draft: in the draft of that session. payload `detail`: {paths, label} */
  | { readonly type: 'file.marked'; readonly workspace: Id; readonly session: Id; readonly action: Id; readonly into: Into }
  /** A person says of files that their words may be trusted as the workspace's. payload `detail`: {paths} */
  | { readonly type: 'file.endorsed'; readonly workspace: Id; readonly door: Door; readonly credential: string }
  /** Rule files that hold from here on; those of a workspace that a person trusts, or no longer does. payload `rules`: canonical [{name, layer, text}] */
  | { readonly type: 'policy.loaded' }
  | { readonly type: 'policy.trusted' | 'policy.untrusted'; readonly workspace: Id; readonly door: Door; readonly credential: string }
  | { readonly type: 'credential.made' | 'credential.used' | 'credential.revoked'; readonly credential: Id; readonly kind: CredentialKind }
  /** A command that stayed has ended. payloads `output`, `effects` (what it wrote, which is not kept) */
  | { readonly type: 'service.ended'; readonly action: Id; readonly how: 'ended' | 'stopped' | 'limit' | 'broken'; readonly exit?: number; readonly duration: number }
  /** Accepted actions that left a draft without landing. payload `detail`: {paths} where only those did */
  | { readonly type: 'draft.dropped'; readonly session: Id; readonly actions: readonly Id[]; readonly door: Door; readonly credential: string }
  /** A backup was begun, or one was put in place of what was here. payload `detail`: {version, made, events, root} of it, and where the former state lies */
  | { readonly type: 'state.saved' | 'state.restored'; readonly door: Door; readonly credential: string }
  /** Landings that can't be undone any more, for their age or their size in bytes. */
  | { readonly type: 'undo.pruned'; readonly landings: readonly Id[]; readonly bytes: number }
  /** Payloads that are gone from here on. payload `why` in words */
  | { readonly type: 'payload.erased'; readonly digests: readonly Digest[]; readonly door: Door; readonly credential: string; readonly reason: 'person' | 'retention' | 'secret' }
  /** The wall clock went back, or forward by more than a day, between two events. Milliseconds. */
  | { readonly type: 'clock.jumped'; readonly by: number };

export type EventType = EventBody['type'];
export type Door = 'cli' | 'http' | 'house';
export type MessageRole = 'system' | 'user' | 'assistant' | 'tool';
export type Stage = 'rehearse' | 'land';
/** Where the effects of what ended went. */
export type Into = 'workspace' | 'draft' | 'nothing';
export type Answer = 'invoke' | 'deny' | 'edit';
export type CredentialKind = 'link' | 'session' | 'cli';
export type TurnEnd = 'answered' | 'steps' | 'tokens' | 'repeats' | 'cancelled' | 'context' | 'refused' | 'fault' | 'stopped';
/** Why an action ended as it did, where the outcome alone doesn't say. */
export type EndWhy = 'ran' | 'rule' | 'person' | 'expired' | 'edited' | 'cancelled' | 'stopped' | 'drifted' | 'crashed' | 'fault';

export interface PayloadRef {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** An event as it stands in the log; its canonical bytes are a leaf of the tree. */
export interface LogEvent {
  readonly v: 1;
  /** Position from 0, without gaps: the leaf's index. */
  readonly seq: number;
  /** Wall clock, RFC 3339 in UTC with milliseconds. */
  readonly time: string;
  readonly body: EventBody;
  readonly payloads: { readonly [name: string]: PayloadRef };
}
