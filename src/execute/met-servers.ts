// Remembers which kind of server answered at an address, so that the next start asks it fewer questions. Only a
// hint: it is checked each time, and losing it costs a round of requests.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDialect, type Dialect } from '../providers/endpoint.ts';
import type { Home } from '../storage/home.ts';

const MOST = 50;

export class MetServers {
  readonly #file: string;
  #known: Map<string, Dialect> | undefined;

  constructor(home: Home) {
    this.#file = join(home.state, 'servers.json');
  }

  dialectAt(url: string): Dialect | undefined {
    return this.#load().get(url);
  }

  remember(url: string, dialect: Dialect): void {
    const known = this.#load();
    if (known.get(url) === dialect) return;
    known.delete(url);
    known.set(url, dialect);
    const entries = [...known].slice(-MOST);
    try {
      writeFileSync(this.#file, JSON.stringify(entries), { mode: 0o600 });
    } catch {
      // Nothing is lost but time.
    }
  }

  #load(): Map<string, Dialect> {
    if (this.#known === undefined) this.#known = new Map(readEntries(this.#file));
    return this.#known;
  }
}

function readEntries(file: string): [string, Dialect][] {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!Array.isArray(value)) return [];
    return value.flatMap((entry: unknown): [string, Dialect][] => (Array.isArray(entry) && typeof entry[0] === 'string' && isDialect(entry[1]) ? [[entry[0], entry[1]]] : []));
  } catch {
    return [];
  }
}
