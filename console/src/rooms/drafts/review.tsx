// One draft as a review page: files at the side, their diffs, who made each; then commit or drop, whole or by piece. What is
// committed is an action with a card of its own, which stands here when it waits.
import { Trash2 } from 'lucide-react';
import { useMemo, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { kindWords } from '../../../../src/approvals/change-words.ts';
import { visible } from '../../../../src/model/visible.ts';
import { Refused } from '../../api/ask.ts';
import { CardById } from '../../card/index.ts';
import { ChangeList } from '../../card/changes.tsx';
import { ALL, isAll, pieceWords, piecesOf, type Choice } from '../../card/choice.ts';
import { Clashes } from '../../card/clashes.tsx';
import { Button, IconButton } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Empty, Fault, Loading, Room } from '../../parts/room.tsx';
import { Path, Said } from '../../parts/text.tsx';
import { useTell } from '../../parts/toast.tsx';
import { useCommit, useDraft, useDrop, type Draft, type Drop } from './draft.ts';
import { CardDialog, Makers, MakersOf } from './makers.tsx';
import { Tree } from './tree-part.tsx';
import { ViewPart } from './view-part.tsx';
import css from './drafts.module.css';

export function Review({ session }: { readonly session: string }): ReactNode {
  const { data, error, refetch } = useDraft(session);
  const [made, setMade] = useState<readonly string[]>([]);
  const gone = error instanceof Refused && error.code === 'draft.empty';
  const commits = made.length === 0 ? null : <section className={css['commits']} aria-label="What was committed">{made.map((id) => <CardById key={id} id={id} compact />)}</section>;
  return (
    <Room title="Draft" bare actions={<Link href="/drafts">All drafts</Link>}>
      {gone ? (
        <div className={css['scroll']}>{commits === null ? null : <p className={css['about']}>This draft holds nothing any more.</p>}{commits}{commits !== null ? null : <Empty heading="This draft holds nothing any more">It was committed or dropped. What landed, and what can be undone, is in the <Link href={`/timeline?session=${session}`}>Timeline</Link>.</Empty>}</div>
      ) : data !== undefined ? <Reading draft={data} commits={commits} onMade={(id) => setMade([id, ...made])} /> : error === null ? <Loading what="Working out what it would change" /> : <Fault error={error} again={() => void refetch()} />}
    </Room>
  );
}

function Reading({ draft, commits, onMade }: { readonly draft: Draft; readonly commits: ReactNode; readonly onMade: (action: string) => void }): ReactNode {
  const { session, root, title, actions, effects, makers } = draft;
  const base = `/api/drafts/${session}` as const;
  const tell = useTell();
  const [choice, setChoice] = useState<Choice>(ALL);
  const [at, setAt] = useState<string | null>(null);
  const [card, setCard] = useState<string | null>(null);
  const [dropping, setDropping] = useState<{ readonly what: Drop; readonly words: string } | null>(null);
  const commit = useCommit(session, (action) => {
    setChoice(ALL);
    onMade(action);
  });
  const drop = useDrop(session, (dropped) => tell.done(dropped.length === 0 ? 'Dropped.' : `Dropped; ${dropped.length === 1 ? 'one action' : `${dropped.length} actions`} went whole.`));
  const { changes, conflicts = [] } = effects;
  const seen = useMemo(() => (at === null ? changes : changes.filter(({ path }) => path === at || path.startsWith(`${at}/`))), [changes, at]);
  const pieces = isAll(choice) ? null : piecesOf(choice, changes);
  const none = changes.length === 0 || (pieces !== null && pieces.paths.length === 0 && pieces.hunks.length === 0);
  const send = (): void => {
    if (!none && !commit.isPending) commit.mutate(pieces);
  };
  const step = (by: number): void => {
    const paths = [null, ...changes.map(({ path }) => path)];
    setAt(paths[Math.min(Math.max(paths.indexOf(at) + by, 0), paths.length - 1)] ?? null);
  };
  useKeys('Draft', [{ keys: 'j', words: 'Next change', run: () => step(1) }, { keys: 'k', words: 'Change before', run: () => step(-1) }, { keys: 'c', words: 'Commit what is taken', once: true, run: send }]);
  return (
    <div className={css['review']}>
      <Tree changes={changes} at={at} onLook={setAt} choice={choice} onChoose={setChoice} />
      <div className={css['scroll']} role="region" aria-label="Changes" tabIndex={0}>
        <header className={css['about']}>
          <p><Link href={`/work/${session}`}>{title === '' ? 'Commands of yours' : <Said text={title.slice(0, 160)} />}</Link> <span className={css['facts']}>in <Path path={root} /></span></p>
          <p className={css['facts']}>{changes.length === 0 ? 'It would change nothing in the workspace as it is now.' : `Would change: ${kindWords(changes)}.`} Nothing of it is in the workspace yet.</p>
          <ViewPart session={session} />
        </header>
        {commits}
        <Makers actions={actions} onOpen={setCard} onDrop={(id) => setDropping({ what: { actions: [id] }, words: 'This action goes from the draft, and every later one that rests on what it did.' })} />
        {conflicts.length === 0 ? null : <div className={css['part']}><Clashes base={base} clashes={conflicts} some={false} readable /></div>}
        {effects.unlandable === undefined ? null : <div className={css['part']}><p>Not kept, since it can’t land:</p><ul>{effects.unlandable.slice(0, 100).map(({ path, why }) => <li key={path}><Said text={path} mono />: <Said text={why} /></li>)}</ul></div>}
        <div className={css['part']}>
          <h2>{at === null ? 'Changes' : <>Changes in <Path path={at} /></>}</h2>
          {changes.length === 0 ? <p className={css['facts']}>None.</p> : (
            <ChangeList
              key={at ?? ''} base={base} changes={seen} diffs={effects.diffs} root={root} compact={false} choice={choice} onChoose={setChoice} openFirst={at === null ? 5 : 20}
              beside={({ path }) => (
                <>
                  <MakersOf ids={makers[path] ?? []} actions={actions} onOpen={setCard} />
                  <IconButton label={`Drop ${visible(path)}`} icon={<Trash2 />} onClick={() => setDropping({ what: { paths: [path] }, words: `What the draft does to ${visible(path)} is thrown away.` })} />
                </>
              )}
            />
          )}
        </div>
        <footer className={css['answers']}>
          {commit.error === null ? null : <Fault error={commit.error} />}
          {drop.error === null ? null : <Fault error={drop.error} />}
          <Button keys="c" disabled={none} busy={commit.isPending} onClick={send}>{none ? 'Nothing is taken' : pieces === null ? 'Commit all' : `Commit ${pieceWords(pieces, changes)}`}</Button>
          <Button tone="danger" busy={drop.isPending} onClick={() => setDropping({ what: { all: true }, words: 'All of this draft is thrown away. The record of it stays; the workspace stays as it is.' })}>Drop all…</Button>
          <span className={css['facts']}>A commit is asked about, as a card, before it lands.</span>
        </footer>
      </div>
      <CardDialog id={card} onClose={() => setCard(null)} />
      <Confirm open={dropping !== null} onClose={() => setDropping(null)} title="Drop it from the draft?" yes="Drop" onYes={() => dropping !== null && drop.mutate(dropping.what)}><p>{dropping?.words}</p><p>It can’t be brought back, but for doing it anew.</p></Confirm>
    </div>
  );
}
