// What an action says: exactly the tool, the command word by word, the arguments. Nothing is cut without its size.
import type { ReactNode } from 'react';
import { commandOf } from '../../../src/approvals/title.ts';
import type { Action, Shown } from '../api/types.ts';
import { Path, Said } from '../parts/text.tsx';
import { durationWords } from '../parts/time.tsx';
import { LongText } from './long-text.tsx';
import { Section } from './section.tsx';

export function Says({ shown: { card }, compact }: { readonly shown: Shown; readonly compact: boolean }): ReactNode {
  const { action, tool } = card;
  return (
    <Section title="What it says" compact={compact} folded={compact && action.kind !== 'run'}>
      <dl>
        {tool === '' ? null : <Row name="tool"><Said text={tool} mono /></Row>}
        <Details action={action} />
      </dl>
    </Section>
  );
}

function Row({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Details({ action }: { readonly action: Action }): ReactNode {
  switch (action.kind) {
    case 'run':
      return (
        <>
          <Row name="command"><LongText text={commandOf(action.argv)} label="Command" /></Row>
          {commandOf(action.argv) === action.argv[2] ? <Row name="read by"><Said text={action.argv.slice(0, 2).join(' ')} mono /></Row> : <Row name="words"><LongText text={action.argv.map((word, at) => `${at}: ${JSON.stringify(word)}`).join('\n')} label={`Each of the ${action.argv.length} words of the command`} /></Row>}
          <Row name="in"><Path path={action.cwd} /></Row>
          <Row name="may">{[action.access === 'read' ? 'only read the workspace' : 'read and write the workspace', ...(action.copy === true ? ['in a full copy of it'] : []), ...(action.clean === true ? ['without seeing files that are marked as from outside'] : []), ...(action.service === true ? ['and stay, until it is stopped'] : []), ...(action.terminal === true ? ['at your terminal'] : []), `for at most ${durationWords(action.timeout)}`].join(', ')}</Row>
          <Row name="hosts">{action.hosts === undefined || action.hosts.length === 0 ? 'none' : <LongText text={action.hosts.join('\n')} label="Hosts that it may reach" />}</Row>
        </>
      );
    case 'fetch':
      return <><Row name="url"><LongText text={action.url} label="URL" /></Row>{action.keep === true ? <Row name="kept">the model is given a handle, not what is read</Row> : null}</>;
    case 'write':
      switch (action.op) {
        case 'write':
          return <><Row name="path"><Path path={action.path} /></Row><Row name="content"><LongText text={action.content} label="Content" /></Row></>;
        case 'edit':
          return <><Row name="path"><Path path={action.path} /></Row><Row name={action.all ? 'replace every' : 'replace'}><LongText text={action.old} label="Text that is replaced" /></Row><Row name="by"><LongText text={action.new} label="Text that takes its place" /></Row></>;
        case 'move':
          return <><Row name="path"><Path path={action.path} /></Row><Row name="to"><Path path={action.to} /></Row></>;
        case 'delete':
        case 'mkdir':
          return <Row name="path"><Path path={action.path} /></Row>;
      }
    // eslint-disable-next-line no-fallthrough -- the switch above returns
    default:
      return <Row name="exactly"><LongText text={JSON.stringify(action, null, 2)} label="The action, as data" /></Row>;
  }
}
