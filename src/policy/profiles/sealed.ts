// The profile sealed, for malware and privileged files: nothing reaches a network, nothing lands, no model elsewhere.
import type { RuleFile } from '../cedar-file.ts';

export const SEALED: RuleFile = {
  name: 'sealed.cedar',
  layer: 'built-in',
  text: `
@id("sealed.network")
@reason("The profile sealed reaches no network.")
@matches("egress kind=call; exec kind=run hosts=example.org; account kind=call; physical kind=call; read fetches=true; read kind=fetch")
@differs("exec kind=run; write kind=write; read")
forbid (principal, action, resource) when {
  [Action::"egress", Action::"account", Action::"physical"].contains(action) || !context.hosts.isEmpty() || context.fetches || context.kind == "fetch"
};

@id("sealed.model")
@reason("The profile sealed asks no model that is not on this machine.")
@matches("infer remote=true")
@differs("infer")
forbid (principal, action == Action::"infer", resource) when { context.remote };

@id("sealed.landing")
@reason("The profile sealed lands nothing in the workspace.")
@matches("write kind=commit into=workspace; write kind=run into=workspace; destructive kind=write into=workspace; exec kind=run stage=land into=workspace")
@differs("write kind=run into=draft; exec kind=run stage=rehearse; read into=workspace")
forbid (principal, action, resource) when {
  context.stage == "land" && context.into == "workspace" && action != Action::"read" && action != Action::"infer"
};

@id("sealed.calls")
@reason("The profile sealed lets no tool of others do anything but read.")
@matches("write kind=call; destructive kind=call; unknown kind=call")
@differs("read kind=call; write kind=write")
forbid (principal, action, resource) when {
  context.kind == "call" && action != Action::"read"
};
`,
};
