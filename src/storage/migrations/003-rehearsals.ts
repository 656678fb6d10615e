// Rehearsals that are kept for their landing, and landings that can be undone. Files lie in the state folder beside
// the store; these rows say which of them count.

export const rehearsals = {
  version: 3,
  sql: `
CREATE TABLE actions_3 (
  id TEXT PRIMARY KEY,
  session TEXT NOT NULL,
  turn INTEGER NOT NULL,
  -- order within the session: the event that proposed it
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  by TEXT NOT NULL,
  call TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('proposed', 'rehearsing', 'pending', 'answered', 'granted', 'ended')),
  proposal TEXT NOT NULL,
  effects TEXT,
  reason TEXT,
  rules TEXT,
  edited_from TEXT,
  made INTEGER NOT NULL,
  expires INTEGER,
  -- digest of the effects that the person was shown when answering
  agreed TEXT,
  grant_id TEXT UNIQUE,
  owner TEXT,
  outcome TEXT,
  why TEXT,
  result TEXT,
  output TEXT,
  exit INTEGER,
  -- of an inference: prompt and output together, as the server counts or as estimated
  tokens INTEGER,
  heard INTEGER NOT NULL DEFAULT 0,
  -- where its effects went: workspace, draft or nothing
  into_ TEXT
) STRICT;
INSERT INTO actions_3 SELECT *, NULL FROM actions;
DROP TABLE actions;
ALTER TABLE actions_3 RENAME TO actions;
CREATE INDEX actions_session ON actions (session, seq);
CREATE INDEX actions_waiting ON actions (state, seq) WHERE state <> 'ended';

ALTER TABLE sessions ADD COLUMN profile TEXT;

CREATE TABLE rehearsals (
  action TEXT PRIMARY KEY,
  session TEXT NOT NULL,
  -- milliseconds since 1970, before anything was read
  started INTEGER NOT NULL,
  exit INTEGER,
  signal TEXT NOT NULL,
  limits TEXT NOT NULL,
  duration INTEGER NOT NULL,
  -- the actions on whose unlanded effects it stands, in order
  over TEXT NOT NULL,
  -- the last layer of the draft below those, or nothing
  draft TEXT NOT NULL,
  means TEXT NOT NULL CHECK (means IN ('view', 'copy')),
  -- what the model hears if it lands, and all output that was kept
  result TEXT,
  output TEXT
) STRICT;

CREATE TABLE landings (
  -- by which it can be undone
  id TEXT PRIMARY KEY,
  action TEXT NOT NULL,
  root TEXT NOT NULL,
  at INTEGER NOT NULL,
  op TEXT NOT NULL CHECK (op IN ('land', 'undo')),
  -- the landing that an undo took back, and the undo that took this one back
  undoes TEXT,
  undone TEXT,
  pruned INTEGER
) STRICT;
CREATE INDEX landings_action ON landings (action);

CREATE TABLE landed_paths (
  root TEXT NOT NULL,
  path TEXT NOT NULL,
  at INTEGER NOT NULL,
  landing TEXT NOT NULL,
  change TEXT NOT NULL,
  -- the actions of a draft that made it so, where another one landed it
  makers TEXT NOT NULL,
  PRIMARY KEY (root, path, at, landing)
) STRICT, WITHOUT ROWID;
`,
} as const;
