// Files of rules that can't be read or applied: until they are mended nothing may be done, so it stands before all else.
import type { ReactNode } from 'react';
import { Path, Said } from '../../parts/text.tsx';
import type { LayersAnswer, Problem } from './layers-answer.ts';
import css from './policy.module.css';

export function AlarmPart({ layers: { holds, problems, workspaces } }: { readonly layers: LayersAnswer }): ReactNode {
  const broken = workspaces.filter((one) => one.broken);
  if (holds && broken.length === 0) return null;
  return (
    <div className={css['alarm']} role="alert">
      {holds ? null : (
        <>
          <h2>Nothing may be done until your rules are mended</h2>
          <p>All that acts is refused, in every workspace: a rule that can’t be read could be the one that forbids it. Mend these files, or move them away; that is enough, and is seen here by itself.</p>
          <Problems problems={problems} />
        </>
      )}
      {broken.map(({ workspace, root, problems: wrong }) => (
        <div key={workspace}>
          <h2>Nothing may be done in <Path path={root} /></h2>
          <p>The rules that you trusted there are not on record any more. Look at its rules below and trust them again, or trust them no more.</p>
          <Problems problems={wrong} />
        </div>
      ))}
    </div>
  );
}

/** All of them, each with its place and what to do. */
export function Problems({ problems }: { readonly problems: readonly Problem[] }): ReactNode {
  if (problems.length === 0) return null;
  return (
    <ol className={css['problems']} aria-label="What is wrong">
      {problems.map(({ file, line, words, hint }, at) => (
        <li key={at}>
          <p><Path path={line === null ? file : `${file}:${line}`} /></p>
          <p><Said text={words} /></p>
          <p className={css['quiet']}>Next: <Said text={hint} />.</p>
        </li>
      ))}
    </ol>
  );
}
