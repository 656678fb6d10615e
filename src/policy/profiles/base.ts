// What holds in every profile: reading, models on this machine, trying things in a copy; and what always asks.
import type { RuleFile } from '../cedar-file.ts';

export const BASE: RuleFile = {
  name: 'base.cedar',
  layer: 'built-in',
  text: `
@id("read.workspace")
@reason("Reading inside the workspace has no effect; what is read carries its label.")
@matches("read kind=read; read kind=read integrity=outside")
@differs("read; write kind=read")
permit (principal, action == Action::"read", resource) when { context.kind == "read" };

@id("read.call")
@reason("The tool only reads; what it reads carries its label.")
@matches("read kind=call; read kind=call integrity=outside payload=composed")
@differs("read kind=read; write kind=call; egress kind=call fetches=true; destructive kind=call integrity=outside")
permit (principal, action == Action::"read", resource) when { context.kind == "call" };

@id("run.read-only")
@reason("The workspace is mounted read-only and there is no network, so the run has no effect.")
@matches("read kind=run certainty=none")
@differs("read kind=run certainty=known; exec kind=run certainty=none; read kind=read certainty=none")
permit (principal, action == Action::"read", resource) when { context.kind == "run" && context.certainty == "none" };

@id("no-change")
@reason("It changes nothing.")
@matches("read kind=run certainty=known; read kind=write certainty=known")
@differs("read kind=run certainty=none; write kind=write; read kind=write certainty=unknown")
permit (principal, action == Action::"read", resource) when { ["run", "write"].contains(context.kind) && context.certainty == "known" };

@id("service.own")
@reason("It hears or stops a command that this session began.")
@matches("read kind=service")
@differs("exec kind=service; read kind=run")
permit (principal, action == Action::"read", resource) when { context.kind == "service" };

@id("draft.keeps")
@reason("It goes to the session's draft; the workspace is asked about when that is committed.")
@matches("write kind=run into=draft; destructive kind=write into=draft integrity=outside")
@differs("write kind=run into=workspace; write kind=run into=draft certainty=unknown; egress kind=call into=draft; exec kind=run into=draft")
permit (principal, action in [Action::"write", Action::"destructive"], resource) when {
  context.stage == "land" && context.into == "draft" && context.certainty == "known" && ["run", "write"].contains(context.kind)
};

@id("secret-file")
@reason("Files with this name usually hold secrets.")
@verdict("ask")
@matches("read secretFile=true; write secretFile=true into=workspace")
@differs("read; write secretFile=true into=draft")
forbid (principal, action, resource) when {
  context.secretFile && (action == Action::"read" || context.into != "draft")
};

@id("infer.local")
@reason("The model runs on this machine.")
@matches("infer")
@differs("infer remote=true; egress")
permit (principal, action == Action::"infer", resource) when { !context.remote };

@id("infer.remote-allowed")
@reason("A rule of yours allows this remote model.")
@matches("infer remote=true agreed=true")
@differs("infer; infer remote=true; egress agreed=true")
permit (principal, action == Action::"infer", resource) when { context.remote && context.agreed };

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

@id("fetch.closed")
@reason("It reads something on this machine or its networks, which others can't reach.")
@verdict("ask")
@matches("egress kind=fetch closedAddress=true fetches=true; egress kind=fetch closedAddress=true destination=person spoken=1")
@differs("egress kind=fetch fetches=true; egress kind=run closedAddress=true; egress kind=call closedAddress=true")
forbid (principal, action == Action::"egress", resource) when {
  context.kind == "fetch" && context.closedAddress && context.stage == "land"
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
@id("rehearse.contained")
@reason("A rehearsal changes nothing: it is in a copy of the workspace, without network.")
@matches("exec kind=run stage=rehearse; write kind=write stage=rehearse integrity=outside")
@differs("exec kind=run stage=land; exec kind=run stage=rehearse hosts=example.org; exec kind=call stage=rehearse")
permit (principal, action in [Action::"exec", Action::"write"], resource) when {
  context.stage == "rehearse" && ["run", "write"].contains(context.kind) && context.hosts.isEmpty()
};
`,
};
