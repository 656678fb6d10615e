// Grants: one use, expiring, bound to the digests of a proposal and its effects. settle.ts is
// the only caller of the mint (a test holds that); a copy has no private part and is refused.
import { sha256, type Digest } from '../model/digest.ts';
import { Fault } from '../model/fault.ts';
import { newId, type Id } from '../model/id.ts';
import { parseProposal, type Proposal } from '../model/proposal.ts';

/** How long a grant lives between mint and use, in milliseconds of the monotonic clock. */
export const GRANT_LIFE = 30_000;

export class Grant {
  readonly id: Id;
  readonly action: Id;
  readonly proposal: Digest;
  readonly effects: Digest | null;
  readonly #bytes: Uint8Array;
  readonly #check: string;
  readonly #until: number;
  #used = false;
  #revoked = false;

  private constructor(action: Id, proposal: Digest, effects: Digest | null, bytes: Uint8Array, until: number) {
    this.id = newId();
    this.action = action;
    this.proposal = proposal;
    this.effects = effects;
    this.#bytes = Uint8Array.from(bytes);
    this.#check = sha256(this.#bytes);
    this.#until = until;
  }

  /** The mint. INVARIANT: settle.ts alone calls it, once `granted` is durable for exactly these bytes. */
  static mint(action: Id, proposal: Digest, effects: Digest | null, bytes: Uint8Array, now = performance.now()): Grant {
    return new Grant(action, proposal, effects, bytes, now + GRANT_LIFE);
  }

  revoke(): void {
    this.#revoked = true;
  }

  /**
   * Spend the grant: the proposal, parsed again from the very bytes that were judged.
   * Throws `grant.copied|used|revoked|expired|retargeted`; then nothing may be carried out.
   */
  static redeem(grant: Grant, target: { readonly action: Id; readonly proposal: Digest; readonly effects: Digest | null }, now = performance.now()): Proposal {
    if (!(#used in grant)) throw new Fault('grant.copied', 'this is a copy of a grant, not one that was minted');
    if (grant.#used) throw new Fault('grant.used', 'the grant was used before');
    grant.#used = true; // Whatever happens next, it is spent.
    if (grant.#revoked) throw new Fault('grant.revoked', 'the grant was revoked');
    if (now >= grant.#until) throw new Fault('grant.expired', 'the grant expired before it was used');
    if (grant.action !== target.action || grant.proposal !== target.proposal || grant.effects !== target.effects || sha256(grant.#bytes) !== grant.#check) {
      throw new Fault('grant.retargeted', 'the grant is for another action, or for other bytes');
    }
    return parseProposal(grant.#bytes);
  }
}
