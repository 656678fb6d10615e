// The log: events as leaves, the head of the tree over them, and the payloads that they commit to.

export const log = {
  version: 1,
  sql: `
-- One row: the tree after the last event. frontier: the roots of the complete subtrees that make up the tree,
-- largest first (RFC 6962). time: milliseconds since 1970 of the last event.
CREATE TABLE head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  size INTEGER NOT NULL,
  time INTEGER NOT NULL,
  frontier BLOB NOT NULL,
  root BLOB NOT NULL,
  checkpoint TEXT NOT NULL
) STRICT;

-- leaf: the canonical bytes. The other columns are derived from it, for indexes only.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  leaf TEXT NOT NULL,
  hash BLOB NOT NULL,
  type TEXT NOT NULL,
  session TEXT,
  action TEXT
) STRICT;
CREATE INDEX events_type ON events (type);
CREATE INDEX events_session ON events (session, seq, type) WHERE session IS NOT NULL;
CREATE INDEX events_action ON events (action) WHERE action IS NOT NULL;
CREATE TRIGGER events_never_change BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER events_never_go BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;

-- hash: the root of the complete subtree of 256^level leaves that ends before leaf (idx + 1) * 256^level.
CREATE TABLE tiles (
  level INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
  size INTEGER PRIMARY KEY,
  note TEXT NOT NULL
) STRICT;

-- seq: the first event that names it. place: in this row, in a file, or erased; an erased row holds zeros of the
-- same length, and the words are of one length too, so that erasing overwrites the row where it is (see erase.ts).
CREATE TABLE payloads (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL,
  seq INTEGER NOT NULL,
  size INTEGER NOT NULL,
  place TEXT NOT NULL CHECK (place IN ('here', 'blob', 'gone')),
  salt BLOB,
  data BLOB
) STRICT;
-- Digests are random, so every entry lands on another page: short keys keep those few. 48 bits find the row.
CREATE INDEX payloads_digest ON payloads (substr(digest, 1, 12));
CREATE TRIGGER payloads_never_go BEFORE DELETE ON payloads BEGIN SELECT RAISE(ABORT, 'payloads are erased, never removed'); END;

-- seq: the payload.erased event.
CREATE TABLE erased (
  digest TEXT PRIMARY KEY,
  seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Erasures whose bytes may still be in a blob file or in the write-ahead file. Finished at the next open.
CREATE TABLE erasing (
  digest TEXT PRIMARY KEY,
  blob INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
} as const;
