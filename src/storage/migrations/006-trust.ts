// Workspaces whose rule files a person trusts, each with the very words that it had then.

export const trust = {
  version: 6,
  sql: `
CREATE TABLE trusted_rules (
  workspace TEXT PRIMARY KEY,
  -- the event that says so: without it a row is no trust
  seq INTEGER NOT NULL,
  -- the payload with the rules themselves
  rules TEXT NOT NULL
) STRICT;
`,
} as const;
