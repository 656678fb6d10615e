// Checks an exported log against a verifier key that came from elsewhere, and, where one is given, an earlier
// checkpoint. Trusts nothing in the folder and nothing else of this product.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EventRules } from './event.ts';
import { HASH, leafAt, leafOf, readLeaves, rootsOf } from './leaves.ts';
import { eachLine } from './lines.ts';
import { locate } from './locate.ts';
import { NamedPayloads } from './names.ts';
import { parseCheckpoint, type Checkpoint, type VerifierKey } from './note.ts';
import { PayloadRules } from './payloads.ts';
import { plain } from './plain.ts';
import { Findings, type Report } from './report.ts';
import { hexOf, TreeBuilder, type Raw } from './tree.ts';

export interface Expected {
  readonly key: VerifierKey;
  /** The verifier key as text: the first event must name it. */
  readonly vkey: string;
  /** An earlier checkpoint, as its bytes. */
  readonly against?: Uint8Array;
}

/** Never throws for what is wrong with the bundle: that is in the report. */
export async function verifyBundle(dir: string, expected: Expected): Promise<Report> {
  const findings = new Findings();
  const checkpoint = readCheckpoint(dir, expected.key, findings);
  const earlier = readEarlier(expected, findings);
  const names = new NamedPayloads();
  const rules = new EventRules(findings, names, expected.key.name, expected.vkey);
  const seen = await readEvents(dir, rules, checkpoint, earlier, findings);
  const payloads = new PayloadRules(findings, names);
  await guarded(findings, 'payloads.jsonl', () => eachLine(join(dir, 'payloads.jsonl'), (line) => payloads.see(line)));
  await guarded(findings, 'blobs', () => payloads.seeFiles(join(dir, 'blobs')));
  payloads.finish();
  return {
    ok: findings.problems.length === 0,
    origin: expected.key.name,
    events: seen.events,
    size: checkpoint?.size ?? -1,
    root: checkpoint === null ? '' : hexOf(checkpoint.root),
    from: rules.from,
    to: rules.to,
    payloads: payloads.present,
    erased: rules.erased,
    problems: findings.problems,
    notes: notesOn(dir, findings, earlier),
  };
}

function readCheckpoint(dir: string, key: VerifierKey, findings: Findings): Checkpoint | null {
  const place = { file: 'checkpoint' };
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(plain(join(dir, 'checkpoint')));
  } catch {
    findings.add('bundle.unreadable', 'the signed checkpoint is missing or can\'t be read', place);
    return null;
  }
  const checkpoint = parseCheckpoint(bytes, key);
  if (checkpoint === null) findings.add('checkpoint.malformed', 'the checkpoint is not in the form of the specification', place);
  else if (checkpoint.signed === 'foreign-key') findings.add('checkpoint.foreign-key', 'the checkpoint is of another log, or signed by another key', place);
  else if (checkpoint.signed === 'bad-signature') findings.add('checkpoint.bad-signature', 'the signature of the checkpoint is wrong: size, root or signature were changed', place);
  return checkpoint;
}

function readEarlier({ against, key }: Expected, findings: Findings): Checkpoint | null {
  if (against === undefined) return null;
  const checkpoint = parseCheckpoint(against, key);
  if (checkpoint === null) findings.add('against.unreadable', 'the earlier checkpoint is not in the form of the specification');
  else if (checkpoint.signed === 'foreign-key') findings.add('against.foreign-key', 'the earlier checkpoint is of another log, or signed by another key');
  else if (checkpoint.signed === 'bad-signature') findings.add('against.bad-signature', 'the signature of the earlier checkpoint is wrong');
  return checkpoint?.signed === 'yes' ? checkpoint : null;
}

/** One pass over the events: every rule, every leaf hash, and the tree where the list of leaves can't stand in for it. */
async function readEvents(dir: string, rules: EventRules, checkpoint: Checkpoint | null, earlier: Checkpoint | null, findings: Findings): Promise<{ readonly events: number }> {
  const path = join(dir, 'events.jsonl');
  const leaves = readLeaves(join(dir, 'leaves'));
  const roots = leaves === null ? null : rootsOf(leaves, earlier?.size ?? -1);
  const isTrusted = checkpoint !== null && checkpoint.signed === 'yes' && roots !== null && leaves?.length === checkpoint.size * HASH && roots.root === checkpoint.root;
  const tree = new TreeBuilder();
  let old: Raw | null = earlier?.size === 0 ? tree.root() : null;
  let differs = -1;
  let count = 0;
  await guarded(findings, 'events.jsonl', () =>
    eachLine(path, (line) => {
      rules.see(line);
      const leaf = leafOf(line);
      if (differs === -1 && (leaves === null || leafAt(leaves, count) !== leaf)) differs = count;
      if (!isTrusted) tree.add(leaf);
      if (tree.size === earlier?.size) old = tree.root();
      count += 1;
    }),
  );
  if (isTrusted && leaves !== null) {
    if (differs !== -1 || count !== checkpoint.size) {
      // What follows from a line that is gone or elsewhere is no news once the line itself is named.
      findings.drop(['event.seq', 'event.time', 'event.first', 'event.id-twice']);
      await guarded(findings, 'events.jsonl', () => locate(path, Array.from({ length: checkpoint.size }, (_, at) => leafAt(leaves, at)), findings));
    }
  } else {
    judgeRoot(tree, checkpoint, { differs, leaves: leaves === null ? null : leaves.length / HASH }, findings);
  }
  if (earlier !== null) judgeEarlier(earlier, isTrusted ? (checkpoint?.size ?? 0) : count, isTrusted ? (roots?.earlier ?? null) : old, findings);
  return { events: count };
}

/** The list of leaves is missing or doesn't fit: the root still says whether the events do, though not where they differ. */
function judgeRoot(tree: TreeBuilder, checkpoint: Checkpoint | null, { differs, leaves }: { readonly differs: number; readonly leaves: number | null }, findings: Findings): void {
  const fits = checkpoint !== null && tree.size === checkpoint.size && tree.root() === checkpoint.root;
  if (leaves === null) findings.add('leaves.changed', 'the list of leaf hashes is missing or no such list', { file: 'leaves' });
  else if (differs !== -1 || leaves !== tree.size) {
    const seq = differs === -1 ? Math.min(leaves, tree.size) : differs;
    findings.add('leaves.changed', fits ? `the hash of event ${seq} in the list of leaves was changed` : `event ${seq} and its hash in the list of leaves do not fit each other: one or both were changed`, { file: 'leaves', line: seq + 1, seq });
  }
  if (fits || checkpoint === null) return;
  const words = checkpoint.size === tree.size ? 'their root is another' : `the checkpoint says ${checkpoint.size} events, ${tree.size} are there`;
  findings.add('tree.root', `the events are not those of the checkpoint: ${words}. The root proves that, but can't say which events differ`, { file: 'events.jsonl' });
}

function judgeEarlier(earlier: Checkpoint, size: number, root: Raw | null, findings: Findings): void {
  if (earlier.size > size) findings.add('against.rolled-back', `the log once had ${earlier.size} events; this bundle has ${size}`);
  else if (root !== earlier.root) findings.add('against.rewritten', `the first ${earlier.size} events are not those of the earlier checkpoint`);
}

async function guarded(findings: Findings, file: string, read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (error) {
    findings.add('bundle.unreadable', `${file} can't be read: ${error instanceof Error ? error.message : String(error)}`, { file });
  }
}

const OURS = new Set(['README.txt', 'blobs', 'checkpoint', 'events.jsonl', 'leaves', 'payloads.jsonl']);

function notesOn(dir: string, findings: Findings, earlier: Checkpoint | null): string[] {
  const notes: string[] = [];
  if (findings.problems.length === 0) notes.push('Proven: the events are those that the key signed, in their order, none changed; every payload is the one committed to, or an event says that it was erased.');
  notes.push(
    earlier === null
      ? 'Not proven: that nothing was cut off at the end, or rolled back to an older state. For that, give an earlier checkpoint kept elsewhere (--against).'
      : `Compared with an earlier checkpoint of ${earlier.size} events. Not proven: what came after the newest checkpoint that you hold elsewhere.`,
    'Not proven: that what the log says is true of the world, or that the key was in good hands.',
  );
  try {
    const others = readdirSync(dir).filter((name) => !OURS.has(name)).length;
    notes.push(others === 0 ? 'README.txt is not part of the proof.' : `README.txt and ${others} other file(s) in the folder are not part of the proof.`);
  } catch {
    // That the folder can't be read was said above.
  }
  if (findings.unlisted > 0) notes.push(`${findings.unlisted} more problems are not listed.`);
  return notes;
}
