// Where the words of what waits, or waited, for a person come from, as the record says: written when they were asked, so
// that a card shows what was known then. Read from the log alone; what is erased or isn't there is null, never a guess.
import type { Log } from '../audit/log.ts';
import type { Id } from '../model/id.ts';
import type { Origins } from '../model/origin.ts';

/** A proposal is judged a few times at most: before it is tried, before it lands, and anew where things changed. */
const JUDGED = 16;

/** Of the newest question about an action. */
export function originsOnRecord(log: Log, id: Id): Origins | null {
  const decided = log.events({ limit: JUDGED, newestFirst: true, action: id, types: ['action.decided'] });
  const digest = decided.find(({ payloads }) => payloads['origins'] !== undefined)?.payloads['origins']?.digest;
  const bytes = digest === undefined ? null : log.read(digest);
  return bytes === null ? null : originsIn(bytes);
}

function originsIn(bytes: Uint8Array): Origins {
  return JSON.parse(new TextDecoder().decode(bytes));
}
