// Credentials: the sign-in link (one use, ten minutes), the browser's session, the command line's own file. Tokens
// have 256 random bits; the store keeps only their hash. What each may do is decided here and never by a client.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatementSync } from 'node:sqlite';
import type { Log, Tx } from '../audit/log.ts';
import { isExpired, type Clock } from '../model/clock.ts';
import { sha256 } from '../model/digest.ts';
import type { CredentialKind } from '../model/event.ts';
import { systemCode } from '../model/fault.ts';
import { newId, type Id } from '../model/id.ts';
import { writeDurably } from '../storage/durable.ts';
import { checkPrivateFile } from '../storage/home.ts';

export interface Credential {
  readonly id: Id;
  readonly kind: CredentialKind;
}

export type Right = 'read' | 'act' | 'approve';

/** Approving is a right of its own, which only what a person holds has (THREATS 6, 8). A link can only become a session. */
const RIGHTS: { readonly [kind in CredentialKind]: readonly Right[] } = {
  link: [],
  session: ['read', 'act', 'approve'],
  cli: ['read', 'act', 'approve'],
};

export function hasRight({ kind }: Credential, right: Right): boolean {
  return RIGHTS[kind].includes(right);
}

/** One that lets somebody in now. Times in milliseconds since 1970. */
export interface Standing extends Credential {
  readonly made: number;
  readonly expires: number;
  /** Of a browser to the hour; null: not known. */
  readonly used: number | null;
}

export type Exchanged =
  | { readonly ok: true; readonly token: string; readonly credential: Credential }
  | { readonly ok: false; readonly why: 'wrong' | 'used' | 'expired' };

/** Milliseconds. */
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const LINK_LIFE = 10 * MINUTE;
const SESSION_LIFE = 30 * DAY;
const SESSION_IDLE = 7 * DAY;
const CLI_LIFE = 365 * DAY;
/** A session's use is put on record at most this often. */
const TOUCH = 60 * MINUTE;

export const SESSION_SECONDS = SESSION_LIFE / 1000;

const FILE = 'credential';
const TOKEN = /^([0-9a-hjkmnp-tv-z]{10})\.[A-Za-z0-9_-]{43}$/;

interface Row {
  readonly id: Id;
  readonly kind: CredentialKind;
  readonly hash: string;
  readonly made: number;
  readonly expires: number;
  readonly revoked: number | null;
}

export class Credentials {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #find: StatementSync;
  /** When each was used last, as far as this process saw it. */
  readonly #seen = new Map<Id, number>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    this.#find = log.store.db.prepare('SELECT id, kind, hash, made, expires, revoked FROM credentials WHERE id = ?');
  }

  /** The credential that a token is, if it is good right now. Asks the store each time, so revoking works at once. */
  identify(token: string): Credential | null {
    const row = this.#read(token);
    if (row === null || row.kind === 'link' || !this.#isGood(row)) return null;
    if (row.kind === 'session') this.#touch(row);
    this.#seen.set(row.id, this.#clock.now());
    return { id: row.id, kind: row.kind };
  }

  /** Is a credential that was good before still so? */
  isStillGood(id: Id): boolean {
    const row = this.#find.get(id) as unknown as Row | undefined;
    return row !== undefined && this.#isGood(row);
  }

  /** All that are good now, the newest first; links aside, which let nobody in by themselves. */
  list(): readonly Standing[] {
    const rows = this.#log.store.db.prepare(`SELECT id, kind, hash, made, expires, revoked FROM credentials WHERE revoked IS NULL AND kind <> 'link' ORDER BY made DESC, id`).all() as unknown as Row[];
    return rows.filter((row) => this.#isGood(row)).map(({ id, kind, made, expires }) => {
      const touched = kind === 'session' ? Math.max(made, expires - SESSION_IDLE) : null;
      const seen = this.#seen.get(id) ?? null;
      return { id, kind, made, expires, used: touched === null ? seen : Math.max(touched, seen ?? 0) };
    });
  }

  /** A fresh code for a sign-in link. */
  async makeLink(): Promise<string> {
    return this.#log.commit((tx) => make(tx, 'link', LINK_LIFE).token);
  }

  /** A code becomes a session, once. Of several that try at the same time, one does. */
  async exchange(code: string): Promise<Exchanged> {
    // A stranger's guess doesn't get as far as the store's write lock.
    if (this.#read(code)?.kind !== 'link') return { ok: false, why: 'wrong' };
    return this.#log.commit((tx): Exchanged => {
      const row = this.#read(code);
      if (row === null || row.kind !== 'link') return { ok: false, why: 'wrong' };
      if (row.revoked !== null) return { ok: false, why: 'used' };
      if (isExpired(tx.now, row.made, row.expires)) return { ok: false, why: 'expired' };
      tx.append({ type: 'credential.used', credential: row.id, kind: 'link' });
      tx.db.prepare('UPDATE credentials SET revoked = ? WHERE id = ?').run(tx.now, row.id);
      return { ok: true, ...make(tx, 'session', SESSION_IDLE) };
    });
  }

  async revoke(id: Id): Promise<void> {
    await this.#log.commit((tx) => {
      const row = this.#find.get(id) as unknown as Row | undefined;
      if (row === undefined || row.revoked !== null) return;
      tx.append({ type: 'credential.revoked', credential: id, kind: row.kind });
      tx.db.prepare('UPDATE credentials SET revoked = ? WHERE id = ?').run(tx.now, id);
    });
  }

  /** The command line's credential, in its file: made anew when absent, expired or revoked. */
  async keepFile(state: string): Promise<void> {
    const path = join(state, FILE);
    const known = readToken(path);
    if (known !== null && this.identify(known)?.kind === 'cli') return;
    // A crash in between leaves a hash that nobody has the token of; the next start makes another.
    const { token } = await this.#log.commit((tx) => make(tx, 'cli', CLI_LIFE));
    writeDurably(path, `${path}.new-${newId()}`, [new TextEncoder().encode(`${token}\n`)]);
  }

  #read(token: string): Row | null {
    const id = TOKEN.exec(token)?.[1];
    if (id === undefined) return null;
    const row = this.#find.get(id) as unknown as Row | undefined;
    if (row === undefined) return null;
    return timingSafeEqual(Buffer.from(sha256(token)), Buffer.from(row.hash)) ? row : null;
  }

  #isGood({ made, expires, revoked }: Row): boolean {
    return revoked === null && !isExpired(this.#clock.now(), made, expires);
  }

  /** Seven days without use end a session, and thirty days whatever happens. */
  #touch({ id, made, expires }: Row): void {
    const until = Math.min(made + SESSION_LIFE, this.#clock.now() + SESSION_IDLE);
    if (until - expires < TOUCH) return;
    this.#log.note((tx) => void tx.db.prepare('UPDATE credentials SET expires = ? WHERE id = ? AND revoked IS NULL').run(until, id));
  }
}

/** The token in a credential file, or null. Throws `storage.file-*` when others could read it. */
export function readToken(path: string): string | null {
  try {
    checkPrivateFile(path);
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function make(tx: Tx, kind: CredentialKind, life: number): { readonly token: string; readonly credential: Credential } {
  const id = newId();
  const token = `${id}.${randomBytes(32).toString('base64url')}`;
  tx.append({ type: 'credential.made', credential: id, kind });
  tx.db.prepare('INSERT INTO credentials (id, kind, hash, made, expires) VALUES (?, ?, ?, ?, ?)').run(id, kind, sha256(token), tx.now, tx.now + life);
  return { token, credential: { id, kind } };
}
