// The profile draft: what was tried and is known goes to the session's draft; landing that is asked.
import type { RuleFile } from '../cedar-file.ts';

export const DRAFT: RuleFile = {
  name: 'draft.cedar',
  layer: 'built-in',
  text: `
@id("draft.keeps")
@reason("It goes to the session's draft; the workspace is asked about when that is landed.")
@matches("write kind=run into=draft; write kind=write into=draft integrity=outside")
@differs("write kind=run into=workspace; write kind=run into=draft certainty=unknown; egress kind=call into=draft")
permit (principal, action == Action::"write", resource) when {
  context.stage == "land" && context.into == "draft" && context.certainty == "known" && ["run", "write"].contains(context.kind)
};
`,
};
