// Views of a workspace made ready before they are asked for, while a model still thinks. One at a time: a view that
// nobody took, or under which something landed, is thrown away.
import type { Prepared, View } from './rehearse-view.ts';

interface Ready {
  readonly key: string;
  readonly prepared: Promise<Prepared>;
}

/** Milliseconds. A view shows the workspace's own changes, but no mount is held for somebody who doesn't come. */
const LONGEST = 300_000;

export class Views {
  /** The last that was needed; null: none was yet. */
  last: View | null = null;
  #ready: Ready | null = null;
  /** What is on its way out. */
  readonly #going = new Set<Promise<void>>();

  /** Makes a view ready, unless it is. Never throws: who takes it hears why it can't be. */
  expect(view: View): void {
    const key = keyOf(view);
    if (this.#ready?.key === key) return;
    this.drop();
    const ready = { key, prepared: make(view) };
    ready.prepared.catch(() => undefined);
    this.#ready = ready;
    setTimeout(() => {
      if (this.#ready === ready) this.drop();
    }, LONGEST).unref();
  }

  /** For one use; whoever has it discards it. @throws as prepareView. */
  async take(view: View): Promise<Prepared> {
    this.last = view;
    const ready = this.#ready;
    if (ready?.key !== keyOf(view)) return make(view);
    this.#ready = null;
    try {
      return await ready.prepared;
    } catch {
      // It may have been for a folder that is mended by now.
      return make(view);
    }
  }

  /** What is ready is of no use any more. */
  drop(): void {
    const ready = this.#ready;
    this.#ready = null;
    if (ready !== null) this.leave(ready.prepared.then((prepared) => prepared.discard()));
  }

  /** Something to be done while others go on; `close` waits for it. What can't be removed now is swept at a later start. */
  leave(work: Promise<void>): void {
    const going = work.catch(() => undefined).finally(() => this.#going.delete(going));
    this.#going.add(going);
  }

  async close(): Promise<void> {
    for (this.drop(); this.#going.size > 0; this.drop()) await Promise.all(this.#going);
  }
}

/** Loaded when it is first needed: starting processes is no part of most calls. */
async function make(view: View): Promise<Prepared> {
  return (await import('./rehearse-view.ts')).prepareView(view);
}

function keyOf({ root, lower, folder }: View): string {
  return JSON.stringify([root, lower, folder]);
}
