// Where the console opens: with the first steps for who has done none yet, else at work.
import type { ReactNode } from 'react';
import { Redirect } from 'wouter';
import { Loading } from '../../parts/room.tsx';
import { useFirstRun } from './first-run.ts';

export default function Home(): ReactNode {
  const { data, error } = useFirstRun(false);
  // What can't be told keeps nobody from work.
  if (data === undefined && error === null) return <Loading />;
  return <Redirect to={data?.done === false && data.workspaces === 0 ? '/start' : '/work'} replace />;
}
