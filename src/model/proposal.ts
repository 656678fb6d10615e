// Proposals: an action that someone wants, with who, why and where the words came from, as canonical bytes.
// What is executed is parsed again from those bytes.
import type { Action } from './action.ts';
import { canonicalBytes, parseCanonical, type Json } from './canonical.ts';
import { Fault } from './fault.ts';
import type { Id } from './id.ts';
import type { Label } from './label.ts';

/** Who wants it. `person`: typed by a person at a door. `model`: a tool call. `house`: the loop itself (infer). */
export type Proposer = 'person' | 'model' | 'house';

export interface Proposal {
  readonly id: Id;
  readonly session: Id;
  /** Counts the person's messages of a session from 1. */
  readonly turn: number;
  readonly by: Proposer;
  /** The tool's name and the call's id as the model gave them; empty when no tool was called. */
  readonly tool: string;
  readonly call: string;
  /** The model's own words for why; shown as its words. */
  readonly why: string;
  /** The join of all that the proposer had read. */
  readonly label: Label;
  /** The proposal that a person edited to get this one. */
  readonly editedFrom: Id | null;
  /** Arguments that were passed by handle: what the model put there without having read it. Absent: none. */
  readonly handles?: readonly Handle[];
  readonly action: Action;
}

/** Is what it reads to be passed on without being shown to the model? */
export function keepsUnread(action: Action): boolean {
  return (action.kind === 'fetch' || (action.kind === 'read' && action.op === 'read')) && action.keep === true;
}

/** An argument whose value is what an earlier action of the session read and kept. */
export interface Handle {
  readonly argument: string;
  /** The action that read it. */
  readonly from: Id;
  /** Of what was read. It isn't part of the proposal's label, which speaks of who decided. */
  readonly label: Label;
}

const FORMAT = 'pwb-proposal-1';

export function proposalBytes(proposal: Proposal): Uint8Array {
  return canonicalBytes({ format: FORMAT, proposal: proposal as unknown as Json });
}

/** The only way from bytes to something that can be carried out. Throws `proposal.bytes`. */
export function parseProposal(bytes: Uint8Array): Proposal {
  const value = parseCanonical(bytes);
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== FORMAT || !('proposal' in value)) {
    throw new Fault('proposal.bytes', `the bytes are not a proposal of format ${FORMAT}`);
  }
  return value.proposal as unknown as Proposal;
}
