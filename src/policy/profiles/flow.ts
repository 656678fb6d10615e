// What may go without asking because of where its words come from: in a context with nothing from outside, and in one
// with it. No rule here knows a tool, a service or a value.
import type { RuleFile } from '../cedar-file.ts';

export const FLOW: RuleFile = {
  name: 'flow.cedar',
  layer: 'built-in',
  text: `
// Nothing from outside was read: the words are the person's, the model put them together.

@id("clean.change")
@reason("Nothing from outside was read, where it goes is known here or from you, and what it decides is said by you.")
@matches("egress kind=call destination=person payload=composed carries=private; write kind=call selector=workspace payload=composed; account kind=call critical=person")
@differs("egress kind=call destination=composed payload=composed; egress kind=call destination=person integrity=outside payload=composed; account kind=call critical=composed; egress kind=call destination=person critical=workspace; egress kind=run destination=person")
permit (principal, action in [Action::"egress", Action::"write", Action::"account"], resource) when {
  ["call", "fetch"].contains(context.kind) &&
  ["person", "workspace"].contains(context.integrity) &&
  ["none", "person", "asked", "workspace"].contains(context.destination) &&
  ["none", "person", "asked", "workspace"].contains(context.selector) &&
  ["none", "person", "asked"].contains(context.critical) &&
  context.newLinks == 0 && context.newAddresses == 0
};

@id("clean.remove")
@reason("Nothing from outside was read, and you named what goes away.")
@matches("destructive kind=call selector=person spoken=1")
@differs("destructive kind=call selector=workspace spoken=1; destructive kind=call selector=person spoken=1 integrity=outside; destructive kind=call")
permit (principal, action == Action::"destructive", resource) when {
  context.kind == "call" &&
  ["person", "workspace"].contains(context.integrity) &&
  context.spoken > 0 &&
  ["none", "person"].contains(context.destination) &&
  ["none", "person"].contains(context.selector) &&
  ["none", "person"].contains(context.critical)
};

// Something from outside was read: the model may be obeying it. Only exact words of the person's count.

@id("flow.spoken")
@reason("All that it says, decides and addresses is in your own words, or the open answer to them, and it is more than one name that you mentioned.")
@matches("egress kind=call integrity=outside destination=person payload=person spoken=2; egress kind=call integrity=outside payload=asked spoken=1; egress kind=fetch integrity=outside destination=person spoken=1 hosts=example.org; egress kind=call integrity=outside destination=person selector=named spoken=1; egress kind=call integrity=outside payload=person spoken=1; account kind=call integrity=outside critical=person spoken=1; egress kind=call integrity=outside destination=asked payload=person spoken=1")
@differs("egress kind=call integrity=outside destination=person payload=composed spoken=1; egress kind=call integrity=outside destination=person payload=asked carries=private spoken=1; egress kind=call integrity=outside destination=person critical=outside spoken=1; egress kind=call integrity=outside destination=person payload=person; egress kind=call integrity=outside destination=person selector=workspace spoken=1; egress kind=call integrity=outside destination=person payload=person references=1 spoken=2; egress kind=call integrity=outside destination=person selector=person spoken=2 apart=true; egress kind=call integrity=outside destination=person payload=person spoken=2 again=true; egress kind=call integrity=outside destination=person spoken=1; account kind=call integrity=outside selector=person spoken=1; destructive kind=call integrity=outside selector=person spoken=1")
permit (principal, action in [Action::"egress", Action::"write", Action::"account"], resource) when {
  ["call", "fetch"].contains(context.kind) &&
  context.spoken > 0 && !context.apart && (!context.again || !context.hosts.isEmpty()) &&
  (context.spoken > 1 || context.selector == "named" || context.payload != "none" || context.critical != "none" || !context.hosts.isEmpty()) &&
  ["none", "person", "asked"].contains(context.destination) &&
  ["none", "person", "named"].contains(context.selector) &&
  ["none", "person"].contains(context.critical) &&
  (["none", "person"].contains(context.payload) || (context.payload == "asked" && context.carries == "open")) &&
  context.carries != "secret" &&
  (context.references == 0 || action != Action::"egress") &&
  context.newLinks == 0 && context.newAddresses == 0
};

@id("flow.same-people")
@reason("It carries your own words to exactly those whom the record that you named has.")
@matches("egress kind=call integrity=outside destination=named payload=person spoken=2")
@differs("egress kind=call integrity=outside destination=named payload=person critical=person spoken=2; egress kind=call integrity=outside destination=named payload=composed spoken=1; egress kind=call integrity=outside destination=outside payload=person spoken=2; egress kind=call integrity=outside destination=named payload=person references=1 spoken=2; egress kind=call integrity=outside destination=named")
permit (principal, action == Action::"egress", resource) when {
  context.kind == "call" && !context.again &&
  context.spoken > 0 &&
  context.destination == "named" &&
  context.selector == "none" && context.critical == "none" &&
  context.payload == "person" && context.references == 0 &&
  context.newLinks == 0 && context.newAddresses == 0
};

@id("flow.named-place")
@reason("It goes into your own space, to the place that you named, keeps the label of what was read, and has no new links and no exact values that are not yours.")
@matches("write kind=call integrity=outside anchored=true payload=composed carries=private spoken=1; write kind=call integrity=outside selector=named payload=composed carries=private")
@differs("write kind=call integrity=outside payload=composed carries=private; write kind=call integrity=outside selector=outside payload=composed; write kind=call integrity=outside anchored=true payload=composed newLinks=1; write kind=call integrity=outside selector=named payload=composed newValues=1; write kind=call integrity=outside selector=person spoken=1; egress kind=call integrity=outside anchored=true payload=composed; write kind=call integrity=outside destination=person anchored=true payload=composed")
permit (principal, action == Action::"write", resource) when {
  context.kind == "call" &&
  context.destination == "none" && context.critical == "none" && context.payload != "none" &&
  ((context.anchored && context.selector == "none") || ["person", "named"].contains(context.selector)) &&
  context.carries != "secret" &&
  context.newLinks == 0 && context.newAddresses == 0 && context.newValues == 0
};
`,
};
