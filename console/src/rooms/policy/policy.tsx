// The policy, to be read and tried: the profile, your rules, the built-in ones, and what they would say.
import type { ReactNode } from 'react';
import { useSearchParams } from 'wouter';
import { Fault, Loading, Room } from '../../parts/room.tsx';
import { Column } from '../../parts/rows.tsx';
import { usePolicy } from './policy-answer.ts';
import { ProfilePart } from './profile-part.tsx';
import { RulesPart } from './rules-part.tsx';
import { TestPart } from './test-part.tsx';

export default function Policy(): ReactNode {
  const { data, error, refetch } = usePolicy();
  const [params] = useSearchParams();
  const past = params.get('action') ?? '';
  return (
    <Room title="Policy">
      {error !== null ? <Fault error={error} again={() => void refetch()} /> : data === undefined ? <Loading what="Reading the rules" /> : (
        <Column>
          <ProfilePart policy={data} />
          <TestPart key={past} profiles={data.profiles.map(({ name }) => name)} past={past} />
          <RulesPart rules={data.rules} />
        </Column>
      )}
    </Room>
  );
}
