// What holds in every profile: reading, models on this machine, trying things in a copy; and what always asks.
import type { RuleFile } from '../cedar-file.ts';

export const BASE: RuleFile = {
  name: 'base.cedar',
  layer: 'built-in',
  text: `
@id("read.any")
@reason("Reading has no effect; what is read carries its label.")
@matches("read; read integrity=outside payload=composed")
@differs("write; egress fetches=true; destructive integrity=outside")
permit (principal, action == Action::"read", resource);

@id("read.secret")
@reason("Files with this name usually hold secrets.")
@verdict("ask")
@matches("read secretFile=true; write secretFile=true into=workspace")
@differs("read; write secretFile=true into=draft")
forbid (principal, action, resource) when {
  context.secretFile && (action == Action::"read" || context.into != "draft")
};

@id("infer.here")
@reason("The model runs on this machine.")
@matches("infer")
@differs("infer remote=true; egress")
permit (principal, action == Action::"infer", resource) when { !context.remote };

@id("undo.person")
@reason("You asked for it, nothing is in its way, and it can itself be undone.")
@matches("write by=person kind=undo into=workspace")
@differs("write by=model kind=undo into=workspace; write by=person kind=undo certainty=unknown; write by=person kind=commit into=workspace")
permit (principal == Proposer::"person", action == Action::"write", resource) when {
  context.kind == "undo" && context.certainty == "known"
};

@id("carry.secret")
@reason("Something secret would leave.")
@verdict("ask")
@matches("egress carries=secret destination=person; infer remote=true carries=secret")
@differs("egress carries=private destination=person; write carries=secret")
forbid (principal, action in [Action::"egress", Action::"infer"], resource) when {
  context.carries == "secret" && (action == Action::"egress" || context.remote)
};

@id("carry.too-long")
@reason("An argument is too long to be compared with where it may come from.")
@verdict("ask")
@matches("egress oversize=true; write oversize=true kind=call")
@differs("egress; read oversize=true; write oversize=true kind=write")
forbid (principal, action, resource) when {
  context.oversize && action != Action::"read" && action != Action::"infer" && ["call", "fetch"].contains(context.kind)
};
`,
};

/** Trying something in a copy, without network: not under the profile strict. */
export const TRYING: RuleFile = {
  name: 'trying.cedar',
  layer: 'built-in',
  text: `
@id("try.contained")
@reason("It is tried in a copy of the workspace, without network, and nothing of it lasts.")
@matches("exec kind=run stage=rehearse; write kind=write stage=rehearse integrity=outside")
@differs("exec kind=run stage=land; exec kind=run stage=rehearse hosts=example.org; exec kind=call stage=rehearse")
permit (principal, action in [Action::"exec", Action::"write"], resource) when {
  context.stage == "rehearse" && ["run", "write"].contains(context.kind) && context.hosts.isEmpty()
};
`,
};
