// How it stands with the turns that this process carries on, for a page that opens in the middle of one: what was told
// as passing news already isn't told again. Nothing here is a record, and nothing of what was said is kept.
import type { Id } from '../model/id.ts';
import type { Live } from '../model/live.ts';

export interface Present {
  /** Which request of at most `steps`; 0 and 0: none yet. Tokens of the turn so far. */
  readonly step: number;
  readonly steps: number;
  readonly prompt: number;
  readonly output: number;
  /** When the turn began, in milliseconds since 1970; null: not told yet. */
  readonly since: number | null;
  /** Null: not asked yet. */
  readonly model: string | null;
  /** `thinking`: asking the model; `calling`: hearing a call from it; else the id of the action that is carried out. */
  readonly doing: string | null;
}

const NONE: Present = { step: 0, steps: 0, prompt: 0, output: 0, since: null, model: null, doing: null };

export class Presents {
  readonly #turns = new Map<Id, Present>();

  hear(live: Live): void {
    const { session } = live;
    if (live.type === 'rest') return void this.#turns.delete(session);
    const before = this.#turns.get(session) ?? NONE;
    const now = after(before, live);
    if (now !== before) this.#turns.set(session, now);
  }

  /** Null: nothing was told of a turn of it. */
  of(session: Id): Present | null {
    return this.#turns.get(session) ?? null;
  }
}

function after(before: Present, live: Exclude<Live, { readonly type: 'rest' }>): Present {
  switch (live.type) {
    case 'thinking':
      return { ...before, model: live.model, doing: 'thinking' };
    case 'step': {
      const { step, steps, prompt, output, since } = live;
      return { ...before, step, steps, prompt, output, since };
    }
    case 'calling':
      return before.doing === 'calling' ? before : { ...before, doing: 'calling' };
    case 'action': {
      if (live.kind === 'infer') return live.state === 'ended' ? { ...before, doing: null } : before;
      const works = live.state === 'rehearsing' || live.state === 'granted';
      return works ? { ...before, doing: live.action } : before.doing === live.action ? { ...before, doing: null } : before;
    }
    case 'text':
    case 'reasoning':
    case 'output':
    case 'notice':
      return before;
  }
}
