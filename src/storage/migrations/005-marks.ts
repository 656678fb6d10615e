// Files that what was read from outside has shaped, and the label that each result was given.

export const marks = {
  version: 5,
  sql: `
-- A row is never taken away: what an undo puts back is as it was marked then.
CREATE TABLE marks (
  id INTEGER PRIMARY KEY,
  -- absolute, so that a workspace inside another one, or one that is registered anew, has the same marks
  path TEXT NOT NULL,
  -- the session in whose draft it is so; empty: the real files
  draft TEXT NOT NULL,
  action TEXT NOT NULL,
  integrity TEXT NOT NULL,
  secrecy TEXT NOT NULL,
  -- 1 where what is in it comes from there, and where its name does; a folder that was made has a name only
  words INTEGER NOT NULL,
  named INTEGER NOT NULL,
  -- the event that says so, and the one since which it holds no more
  seq INTEGER NOT NULL,
  until INTEGER
) STRICT;
CREATE INDEX marks_now ON marks (path, draft) WHERE until IS NULL;
CREATE INDEX marks_draft ON marks (draft) WHERE until IS NULL AND draft <> '';
CREATE INDEX marks_path ON marks (path, seq);
CREATE INDEX marks_until ON marks (until);

-- JSON. Null: it ended before there were labels on record, or has not ended.
ALTER TABLE actions ADD COLUMN label TEXT;
ALTER TABLE rehearsals ADD COLUMN label TEXT;
`,
} as const;
