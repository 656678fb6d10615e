// The policy, to be read and tried: what is broken, the profile, all that holds, rules in files, your own, how often you
// are asked, what the rules would say, and of an action that a link leads from, why it was decided so.
import { useRef, type ReactNode } from 'react';
import { useSearchParams } from 'wouter';
import { Button } from '../../parts/button.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Fault, Loading, Room } from '../../parts/room.tsx';
import { Column } from '../../parts/rows.tsx';
import { AlarmPart } from './alarm-part.tsx';
import { HoldsPart } from './holds-part.tsx';
import { useLayers } from './layers-answer.ts';
import { LayersPart } from './layers-part.tsx';
import { usePolicy } from './policy-answer.ts';
import { ProfilePart } from './profile-part.tsx';
import { RulesPart } from './rules-part.tsx';
import { StatsPart } from './stats-part.tsx';
import { TestPart } from './test-part.tsx';
import { WhyPart } from './why-part.tsx';
import css from './policy.module.css';

const ID = /^[0-9a-z]{10}$/;

export default function Policy(): ReactNode {
  const { data, error, refetch } = usePolicy();
  const { data: layers, error: unread } = useLayers();
  const [params] = useSearchParams();
  const past = params.get('action') ?? '';
  const side = useRef<HTMLDivElement>(null);
  const toTest = (): void => side.current?.querySelector('select')?.focus();
  useKeys('Policy', [{ keys: 't', words: 'Try the rules', run: toTest }]);
  return (
    <Room title="Policy" actions={<Button keys="t" onClick={toTest}>Try the rules</Button>}>
      {error !== null ? <Fault error={error} again={() => void refetch()} /> : data === undefined ? <Loading what="Reading the rules" /> : (
        <div className={css['columns']}>
          <Column>
            {layers === undefined ? null : <AlarmPart layers={layers} />}
            {ID.test(past) ? <WhyPart action={past} /> : null}
            <ProfilePart policy={data} />
            <HoldsPart profile={data.profile} rules={data.rules} layers={layers} />
            {unread === null ? null : <Fault error={unread} />}
            {layers === undefined ? null : <LayersPart layers={layers} />}
            <RulesPart rules={data.rules} />
            <StatsPart />
          </Column>
          <div ref={side} className={css['aside']}><TestPart key={past} profiles={data.profiles.map(({ name }) => name)} past={past} /></div>
        </div>
      )}
    </Room>
  );
}
