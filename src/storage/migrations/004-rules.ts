// A person's standing rules, and how often each rule of any origin has decided.

export const rules = {
  version: 4,
  sql: `
CREATE TABLE standing_rules (
  id TEXT PRIMARY KEY,
  -- the event that says so: without it a row is no rule
  seq INTEGER NOT NULL,
  -- the action that it was made from
  action TEXT NOT NULL,
  made INTEGER NOT NULL,
  -- the payload with the rule itself
  detail TEXT NOT NULL
) STRICT;

CREATE TABLE rule_uses (
  rule TEXT PRIMARY KEY,
  uses INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO rule_uses
  SELECT rule.value, count(*) FROM events INDEXED BY events_type, json_each(events.leaf, '$.body.rules') AS rule
  WHERE events.type = 'action.decided' GROUP BY rule.value;
`,
} as const;
