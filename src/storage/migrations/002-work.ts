// Projections of the log that the house works from: workspaces, sessions, their messages, actions, credentials.
// They hold ids, digests, numbers and closed words; what was said is in payloads, so erasing reaches it once.

export const work = {
  version: 2,
  sql: `
CREATE TABLE workspaces (
  id TEXT PRIMARY KEY,
  root TEXT NOT NULL UNIQUE,
  added INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  workspace TEXT NOT NULL,
  root TEXT NOT NULL,
  model TEXT NOT NULL,
  made INTEGER NOT NULL,
  used INTEGER NOT NULL,
  title TEXT,
  turn INTEGER NOT NULL DEFAULT 0,
  epoch INTEGER NOT NULL DEFAULT 0,
  -- idle: rests; open: a turn is unfinished (thinking, acting or waiting for a person)
  state TEXT NOT NULL DEFAULT 'idle' CHECK (state IN ('idle', 'open')),
  ended TEXT,
  -- what the server last called the model that answered
  served TEXT,
  -- the process that carries the turn on: pid and its start time, or null
  owner TEXT
) STRICT;
CREATE INDEX sessions_used ON sessions (used DESC);
CREATE INDEX sessions_open ON sessions (state) WHERE state = 'open';

CREATE TABLE messages (
  session TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  turn INTEGER NOT NULL,
  role TEXT NOT NULL,
  digest TEXT NOT NULL,
  size INTEGER NOT NULL,
  label TEXT NOT NULL,
  action TEXT,
  PRIMARY KEY (session, epoch, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE actions (
  id TEXT PRIMARY KEY,
  session TEXT NOT NULL,
  turn INTEGER NOT NULL,
  -- order within the session: the event that proposed it
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  by TEXT NOT NULL,
  call TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('proposed', 'pending', 'answered', 'granted', 'ended')),
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
  heard INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX actions_session ON actions (session, seq);
CREATE INDEX actions_waiting ON actions (state, seq) WHERE state <> 'ended';

CREATE TABLE credentials (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('link', 'session', 'cli')),
  hash TEXT NOT NULL UNIQUE,
  made INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  revoked INTEGER
) STRICT;
`,
} as const;
