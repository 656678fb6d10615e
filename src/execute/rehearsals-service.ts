// A command that stays, as an action: it is begun, what it says first is heard, and it goes on in its own copy until it
// is stopped or its session ends. What it writes there is never landed; how it ended is put on record.
import { setTimeout as sleep } from 'node:timers/promises';
import { effectsBytes, findAction } from '../approvals/actions.ts';
import { labelOfMark } from '../approvals/marks.ts';
import type { Ending } from '../approvals/rehearsals.ts';
import type { AskService } from '../model/action.ts';
import { wordsOf } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { joinAll, label, parseLabel, type Label } from '../model/label.ts';
import type { Watch } from '../model/live.ts';
import type { Containment } from './containment.ts';
import { contentLabel, knownIn } from './file-labels.ts';
import { findMarks } from './hidden-walk.ts';
import type { Prepared } from './rehearse.ts';
import type { Inner } from './rehearsals.ts';
import type { Plan, SandboxSpec } from './sandbox.ts';
import type { Ended, Service } from './services.ts';

interface Begun {
  readonly spec: SandboxSpec;
  readonly plan: Plan;
  readonly prepared: Prepared;
  readonly containment: Containment;
  readonly id: Id;
  readonly session: Id;
}

/** Milliseconds in which a server says where it listens, or why it doesn't. */
const FIRST_WORDS = 2000;

export async function beginService(inner: Inner, { spec, plan, prepared, containment, id, session }: Begun, watch: Watch): Promise<{ readonly text: string; readonly ending: Ending }> {
  const services = await inner.services();
  const start = performance.now();
  const service = await services.start(spec, plan, prepared, containment, { id, session });
  inner.views.leave(service.ended.then((ended) => onRecord(inner, service, ended)));
  const decoder = new TextDecoder();
  const tell = (chunk: Uint8Array): void => watch.hear({ type: 'output', session, action: id, text: decoder.decode(chunk, { stream: true }) });
  const already = service.output(0);
  if (already.bytes.length > 0) tell(already.bytes);
  const unheard = service.onOutput(tell);
  const waited = new AbortController();
  await Promise.race([service.ended, sleep(FIRST_WORDS, undefined, { signal: AbortSignal.any([watch.signal, waited.signal]) }).catch(() => undefined)]);
  waited.abort();
  unheard();
  service.told.until = service.output(0).next;
  const said = new TextDecoder().decode(service.output(0).bytes);
  const duration = performance.now() - start;
  if (service.state() === 'ended') return { text: `It ended at once. ${await endWords(service)}\n${said}`, ending: { exit: null, signal: '', limits: [], duration } };
  const words = `Runs in the background as ${id}, in its own copy of the workspace: what it writes there is not kept, and later changes of the workspace may not show there. Hear it with the tool "service".`;
  return { text: `${words}\n${said}`, ending: { exit: null, signal: '', limits: [], duration } };
}

async function endWords(service: Service): Promise<string> {
  const ended = await service.ended;
  if (ended.how === 'broken') return wordsOf(ended.fault);
  const { exit, signal, limits } = ended.rehearsed.result;
  return exit === null ? `Ended by ${limits.join(', ') || signal}.` : `Exit code ${exit}.`;
}

/** The beginning and the end of it, with words between where the middle is no longer kept. */
function wholeOutput(service: Service): Uint8Array {
  const head = service.output(0);
  const tail = service.output(head.next);
  return tail.missed === 0 ? head.bytes : Buffer.concat([head.bytes, Buffer.from(`\n(… ${tail.missed} bytes are no longer kept …)\n`), tail.bytes]);
}

async function onRecord({ log }: Inner, service: Service, ended: Ended): Promise<void> {
  const output = wholeOutput(service);
  const effects = ended.how === 'broken' ? null : effectsBytes(ended.rehearsed.effects);
  const exit = ended.how === 'broken' ? null : ended.rehearsed.result.exit;
  if (ended.how !== 'broken') await ended.rehearsed.discard();
  const kept = output.length === 0 ? null : await log.put(output);
  await log.commit((tx) => {
    tx.append({ type: 'service.ended', action: service.id, how: ended.how, duration: Math.round(Date.now() - service.began), ...(exit === null ? {} : { exit }) }, { ...(kept === null ? {} : { output: kept }), ...(effects === null ? {} : { effects }) });
  });
}

/** What the model or a person asks of a service of its own session. Throws `service.unknown`. */
export async function askService(inner: Inner, session: Id, id: Id, op: 'output' | 'stop', from: number): Promise<string> {
  const service = (await inner.services()).get(id);
  if (service === undefined || service.session !== session) {
    const running = (await inner.services()).list(session).map((one) => one.id);
    return `No service ${id} runs in this session${running.length === 0 ? '.' : `; these do: ${running.join(', ')}.`}`;
  }
  if (op === 'stop') await service.stop();
  const { bytes, missed, next } = service.output(from);
  const state = service.state() === 'ended' ? await endWords(service) : 'It runs.';
  return `${state} Output from byte ${from} to ${next}${missed > 0 ? ` (${missed} bytes between are no longer kept)` : ''}:\n${new TextDecoder().decode(bytes)}`;
}

/** Of what it says: what its view held when it began, and what a file that has come since may have shown it. */
export async function labelOfService({ log, settings }: Inner, session: Id, { root, service }: AskService): Promise<Label> {
  const text = findAction(log.store.db, service)?.label ?? null;
  const began = text === null ? label('outside', 'private', 'run') : parseLabel(text);
  const known = knownIn({ log, settings }, session, root);
  const found = await findMarks(root, settings.hide, [], undefined, undefined, settings.outside);
  const seen = found.met.filter(({ kind }) => kind === 'outside').map(({ path }) => path.slice(root.length + 1));
  return joinAll([label('workspace', 'private', 'run'), began, contentLabel(known, seen), ...known.marks.all.map((mark) => labelOfMark(mark, mark.path === root ? '.' : mark.path.slice(root.length + 1)))]);
}
