// The first minutes, on one page: a model, a folder, and one action that the person invokes.
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Fault, Loading, Room } from '../../parts/room.tsx';
import { useFirstRun } from './first-run.ts';
import { FolderStep } from './folder-step.tsx';
import { ModelStep } from './model-step.tsx';
import { PracticeStep } from './practice-step.tsx';
import { Step } from './step.tsx';
import css from './start.module.css';

export default function Start(): ReactNode {
  const { data, error, refetch } = useFirstRun(true);
  const [model, setModel] = useState<string | null>(null);
  return (
    <Room title="First steps" actions={<Link href="/work">{data?.done === true ? 'Go to work' : 'Skip this'}</Link>}>
      {error !== null && data === undefined ? <Fault error={error} again={() => void refetch()} /> : null}
      {data === undefined ? (error === null ? <Loading /> : null) : (
        <div className={css['start']}>
          <p className={css['lead']}>A model proposes. What it proposes is tried in a copy, and shown to you. What you invoke, byte for byte, is what lands; and all of it is on record.</p>
          <ol className={css['steps']}>
            <Step number={1} title="A model" done={data.models.some(({ dialect, reachable }) => dialect !== 'practice' && reachable)}>
              <ModelStep models={data.models} probing={data.probing} chosen={model} onChoose={setModel} />
            </Step>
            <Step number={2} title="A folder" done={data.workspaces > 0}><FolderStep practiceRoot={data.practice.root} /></Step>
            <Step number={3} title="Invoke something" done={data.done}><PracticeStep practice={data.practice} model={model} /></Step>
          </ol>
          {data.done ? <p className={css['end']} role="status">That is all there is to it. <Link href="/work">Go to work</Link></p> : null}
        </div>
      )}
    </Room>
  );
}
