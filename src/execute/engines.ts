// The embedded engines of this process: started when first asked, ended when the workbench closes.
import { join } from 'node:path';
import { Fault } from '../model/fault.ts';
import type { ModelConfig } from '../storage/config.ts';
import type { Home } from '../storage/home.ts';
import type { Containment } from './containment.ts';
import type { Embedded } from './embedded.ts';

export class Engines {
  readonly memory: string;
  readonly #home: Home;
  readonly #containment: () => Promise<Containment>;
  readonly #running = new Map<string, Promise<Embedded>>();
  readonly #sockets = new Map<string, string>();
  readonly #ending = new AbortController();

  constructor(home: Home, containment: () => Promise<Containment>) {
    this.#home = home;
    this.#containment = containment;
    this.memory = join(home.state, 'weights.json');
  }

  /** Start the engine on a pinned file, or give the one that runs. Throws `embedded.*`, `weights.*`. */
  async start(model: ModelConfig): Promise<Embedded> {
    const starting = this.#running.get(model.name) ?? this.#start(model);
    this.#running.set(model.name, starting);
    try {
      const engine = await starting;
      this.#sockets.set(model.name, engine.socket);
      return engine;
    } catch (error) {
      this.#running.delete(model.name);
      throw error;
    }
  }

  socketOf(name: string): string | undefined {
    return this.#sockets.get(name);
  }

  async close(): Promise<void> {
    this.#ending.abort();
    const running = await Promise.allSettled(this.#running.values());
    await Promise.allSettled(running.flatMap((engine) => (engine.status === 'fulfilled' ? [engine.value.close()] : [])));
  }

  async #start({ name, file, sha256, window }: ModelConfig): Promise<Embedded> {
    const { engineAbsent, findEngine, startEmbedded } = await import('./embedded.ts');
    if (file === undefined || sha256 === undefined) throw new Fault('model.file', `the model ${name} has no pinned file`, 'add it again: pwb models add FILE.gguf');
    const engineDir = findEngine(this.#home.state);
    if (engineDir === null) throw engineAbsent(this.#home.state);
    const { bwrap } = await this.#containment();
    const engine = await startEmbedded({
      file, digest: sha256, engineDir, name, socketDir: join(this.#home.state, 'sockets'), memory: this.memory, bwrap: bwrap?.path ?? null, signal: this.#ending.signal,
      ...(window === undefined ? {} : { window }),
    });
    void engine.ended.then(() => this.#running.delete(name));
    return engine;
  }
}
