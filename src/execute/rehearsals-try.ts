// The ways in which an action is tried: a command or a file tool in a view, a command in a full copy, a command that
// stays. What comes of it is the same in kind, to be kept, taken into the draft, or thrown away.
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../model/action.ts';
import { NO_EFFECTS, type Effects, type NetworkUse } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { makePrivate } from './commit-private.ts';
import type { Rehearsal, Rehearsing } from './landing.ts';
import { keptFolder, LAYER } from './places.ts';
import { removeTree } from './overlay-remove.ts';
import { prepareView } from './rehearse.ts';
import { makeRehearsalFolder } from './rehearse-folder.ts';
import { draftOf, lastLayer, outsideOf, viewOf, type Inner, type Tried } from './rehearsals.ts';
import { commandBytes, heardOf, isWhole, labelOfRun, optionsOf, planRun, specOf, type Network } from './run.ts';
import { planSandbox, type Plan, type SandboxResult } from './sandbox.ts';

type TriedRun = Tried & { readonly action: Run };

/** What a try gives, whatever it was. */
interface Came extends Pick<Rehearsal, 'effects' | 'ending' | 'whole' | 'text' | 'label' | 'output'> {
  readonly started: number;
  /** Takes what was written to a folder that isn't there yet. */
  take(to: string): Promise<void>;
  discard(): Promise<void>;
}

/** @param copy in a full copy: what was asked for, or all that can be had here. */
export async function prepareTry(inner: Inner, proposal: Tried, over: readonly Id[], copy: boolean): Promise<Rehearsing> {
  const { action } = proposal;
  const ground = { over, draft: lastLayer(inner.places, proposal.session) };
  const give = (came: Came): Rehearsal => rehearsalOf(inner, proposal, ground, copy ? 'copy' : 'view', came);
  if (action.kind === 'write') {
    const prepared = await inner.views.take(await viewOf(inner.places, proposal.session, action.root, over));
    const { rehearseWrite } = await import('./files-rehearse.ts');
    return { command: null, discard: () => prepared.discard(), run: async (watch) => give(inPlace(await rehearseWrite(proposal, action, inner, prepared, watch.signal))) };
  }
  const run = { ...proposal, action };
  if (copy) return tryInCopy(inner, run, over, give);
  if (action.service === true) return tryAsService(inner, run, over, give);
  return tryInView(inner, run, over, give);
}

async function tryInView(inner: Inner, proposal: TriedRun, over: readonly Id[], give: (came: Came) => Rehearsal): Promise<Rehearsing> {
  const { views, settings, places } = inner;
  const { action, session } = proposal;
  const view = await viewOf(places, session, action.root, over);
  const network = await openNetwork(inner, action);
  const taken = views.take(view);
  try {
    const planned = await planRun(action, proposal, settings, taken, view.lower.length === 0, network, outsideOf(inner, proposal));
    return {
      command: planned.command,
      async run(watch) {
        try {
          const done = await planned.run(watch);
          await network?.close();
          const effects = withNetwork(done.effects, network);
          return give(inPlace({ ...done, effects, ...cameOf(done.result, effects, proposal, planned.plan) }));
        } finally {
          await network?.close();
        }
      },
      async discard() {
        await network?.close();
        await (await taken).discard();
      },
    };
  } catch (error) {
    await network?.close();
    views.leave(taken.then((prepared) => prepared.discard()));
    throw error;
  }
}

async function tryInCopy(inner: Inner, proposal: TriedRun, over: readonly Id[], give: (came: Came) => Rehearsal): Promise<Rehearsing> {
  const { settings, places } = inner;
  const { action, session } = proposal;
  const view = await viewOf(places, session, action.root, over);
  const network = await openNetwork(inner, action);
  const spec = specOf(action, proposal, settings, network, outsideOf(inner, proposal));
  // What the copy will be isn't known yet; it is a copy of this.
  const plan = await planSandbox(spec, settings.containment).catch(async (error: unknown) => {
    await network?.close();
    throw error;
  });
  const command = commandBytes(action, spec, plan, settings.containment);
  return {
    command,
    async run(watch) {
      const { rehearseInCopy, toUpper } = await import('./rehearse-copy.ts');
      const draft = view.lower.length === 0 ? undefined : await prepareView(view);
      let copied: Plan = plan;
      const planned = async (one: Plan): Promise<void> => void (copied = one);
      try {
        const done = await rehearseInCopy(spec, settings.containment, { folder: places.scratch, ...(draft === undefined ? {} : { draft }) }, { ...optionsOf(watch, proposal), planned });
        await network?.close();
        const effects = withNetwork(done.effects, network);
        const take = async (to: string, isLayer: boolean): Promise<void> => {
          if (!isLayer) return done.keep(to);
          const prepared = await prepareView(view);
          try {
            await toUpper(done.effects.changes, done.source, prepared);
            await prepared.close();
            renameSync(prepared.upper, to);
          } finally {
            await prepared.discard();
          }
        };
        return give({ effects, started: done.started, ...cameOf(done.result, effects, proposal, copied), take: (to) => take(to, to.endsWith(LAYER)), discard: () => done.discard() });
      } finally {
        await network?.close();
        await draft?.discard();
      }
    },
    discard: async () => network?.close(),
  };
}

async function tryAsService(inner: Inner, proposal: TriedRun, over: readonly Id[], give: (came: Came) => Rehearsal): Promise<Rehearsing> {
  const { views, settings, places } = inner;
  const { action, session, id } = proposal;
  const view = await viewOf(places, session, action.root, over);
  const prepared = await views.take(view);
  try {
    const spec = specOf(action, proposal, settings, null, outsideOf(inner, proposal));
    const { planRehearsal } = await import('./rehearse.ts');
    const plan = await planRehearsal(spec, prepared, settings.containment);
    return {
      command: commandBytes(action, spec, plan, settings.containment),
      discard: () => prepared.discard(),
      async run(watch) {
        const { beginService } = await import('./rehearsals-service.ts');
        const { text, ending } = await beginService(inner, { spec, plan, prepared, containment: settings.containment, id, session }, watch);
        return give({ effects: NO_CHANGES, ending, whole: ending.exit === null, text, label: labelOfRun(plan, proposal, Buffer.from(text)), output: null, started: Date.now(), take: async () => undefined, discard: async () => undefined });
      },
    };
  } catch (error) {
    views.leave(prepared.discard());
    throw error;
  }
}

const NO_CHANGES: Effects = { ...NO_EFFECTS, certainty: 'known' };

/** What was written in place as a layer: it is taken by rename. */
function inPlace(came: Omit<Came, 'take'> & { readonly upper: string }): Came {
  return { ...came, take: async (to) => renameSync(came.upper, to) };
}

function cameOf(result: SandboxResult, effects: Effects, proposal: TriedRun, plan: Plan): Pick<Came, 'ending' | 'whole' | 'text' | 'label' | 'output'> {
  const { exit, signal, limits, duration, output } = result;
  return { ending: { exit, signal, limits, duration }, whole: isWhole(result), text: heardOf(result, effects, proposal.action, proposal.by), label: labelOfRun(plan, proposal, output, effects), output };
}

interface OpenNetwork extends Network {
  used(): readonly NetworkUse[];
  close(): Promise<void>;
}

/** A way to the hosts that the action names, and to nothing else; null where it names none. @throws `usage.host`. */
async function openNetwork({ places }: Inner, { hosts = [] }: Run): Promise<OpenNetwork | null> {
  if (hosts.length === 0) return null;
  const { openProxy, parseHost } = await import('./proxy.ts');
  const rules = hosts.map((text) => {
    const read = parseHost(text, 443);
    if (read.kind === 'wrong') throw new Fault('usage.host', `${JSON.stringify(text)} can't be reached: ${read.why}`, 'name each host as name:port');
    return read.rule;
  });
  const folder = makeRehearsalFolder(places.scratch);
  const ended = new AbortController();
  const proxy = await openProxy({ hosts: rules, folder: join(folder.path, 'proxy'), signal: ended.signal });
  return {
    also: proxy.also, environment: proxy.environment, wrap: proxy.wrap,
    used: () => proxy.seen().map(({ method, host, port, path, status, sent, received, verdict, why }) => ({ method, host, port, path, status, sent, received, verdict, why })),
    async close() {
      await proxy.close();
      await removeTree(folder.path);
    },
  };
}

function withNetwork(effects: Effects, network: OpenNetwork | null): Effects {
  return network === null ? effects : { ...effects, network: network.used() };
}

function rehearsalOf({ views, places }: Inner, proposal: Tried, ground: { readonly over: readonly Id[]; readonly draft: Id }, means: 'view' | 'copy', came: Came): Rehearsal {
  const { effects, ending, whole, text, label, output, started } = came;
  const { id, session, action: { root } } = proposal;
  const leave = (): void => views.leave(came.discard());
  return {
    effects, ending, whole, text, label, output, ground: { ...ground, means, started },
    async keep() {
      // INVARIANT: a folder of this name counts only while its action is open, so one that a crash left is swept.
      makePrivate(places.kept);
      await came.take(keptFolder(places, id));
      leave();
    },
    async accept() {
      mkdirSync(places.drafts, { recursive: true, mode: 0o700 });
      makePrivate(places.kept);
      views.drop();
      const layer = `${keptFolder(places, id)}${LAYER}`;
      await came.take(layer);
      await (await draftOf(places, session, root)).accept(id, layer, effects);
      leave();
    },
    async discard() {
      leave();
    },
  };
}

