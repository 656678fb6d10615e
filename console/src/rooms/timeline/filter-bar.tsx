// The Timeline's filters: words at once, the others behind a button; those that hold are always in view.
import { useQuery } from '@tanstack/react-query';
import { ListFilter, X } from 'lucide-react';
import { useEffect, useId, useState, type KeyboardEvent, type ReactNode, type Ref } from 'react';
import { visible } from '../../../../src/model/visible.ts';
import { ask } from '../../api/ask.ts';
import { Button } from '../../parts/button.tsx';
import { CheckField, SelectField, TextField } from '../../parts/field.tsx';
import { FILTER_NAMES, FILTERS, type Filter, type View } from './filters.ts';
import css from './filter-bar.module.css';

interface Facets {
  readonly tools: readonly string[];
  readonly kinds: readonly string[];
  readonly sessions: readonly { readonly id: string; readonly title: string | null }[];
}

interface BarProps {
  readonly view: View;
  readonly search: Ref<HTMLInputElement>;
  readonly isOpen: boolean;
  readonly onOpen: (open: boolean) => void;
}

export function FilterBar({ view, search, isOpen, onOpen }: BarProps): ReactNode {
  const { data: facets } = useQuery({ queryKey: ['timeline-facets'], queryFn: ({ signal }) => ask<Facets>('GET', '/api/timeline/facets', undefined, signal), staleTime: 5000 });
  const fields = useId();
  const held = FILTERS.filter((name) => name !== 'q' && view.filters[name] !== undefined);
  const titleOf = (id: string): string => facets?.sessions.find((one) => one.id === id)?.title ?? id;
  return (
    <search className={css['bar']} aria-label="Filters">
      <div className={css['first']}>
        <WordsField words={view.filters.q ?? ''} onWords={(q) => view.set({ q })} field={search} />
        <Button tone="bare" aria-expanded={isOpen} aria-controls={fields} keys="f" onClick={() => onOpen(!isOpen)}><ListFilter aria-hidden="true" size={16} />Filter</Button>
        <span className={css['all']}><CheckField label="Every step" checked={view.all} onChange={(event) => view.setAll(event.target.checked)} /></span>
      </div>
      {held.length === 0 ? null : (
        <ul className={css['held']} aria-label="Filters that hold">
          {held.map((name) => (
            <li key={name}>
              <button type="button" className={css['chip']} title="Take this filter away" onClick={() => view.set({ [name]: undefined })}>
                <span>{FILTER_NAMES[name]}: <bdi>{visible(wordsOf(name, view.filters[name] ?? '', titleOf))}</bdi></span>
                <span className="visually-hidden">, take it away</span>
                <X aria-hidden="true" size={14} />
              </button>
            </li>
          ))}
          <li><Button tone="bare" onClick={view.clear}>Clear</Button></li>
        </ul>
      )}
      <div id={fields} className={css['fields']} hidden={!isOpen}>
        <Select name="session" view={view} choices={(facets?.sessions ?? []).map(({ id, title }) => ({ value: id, label: visible((title === null || title === '' ? id : title).slice(0, 80)) }))} />
        <Select name="who" view={view} choices={[{ value: 'person', label: 'you' }, { value: 'model', label: 'a model' }, { value: 'house', label: 'the house' }]} />
        <Select name="kind" view={view} choices={(facets?.kinds ?? []).map(plain)} />
        <Select name="tool" view={view} choices={(facets?.tools ?? []).map(plain)} />
        <Select name="decision" view={view} choices={['allow', 'ask', 'deny'].map(plain)} />
        <Select name="outcome" view={view} choices={['done', 'failed', 'refused', 'unknown'].map(plain)} />
        <Select name="integrity" view={view} choices={[{ value: 'person', label: 'you' }, { value: 'workspace', label: 'a workspace' }, { value: 'outside', label: 'outside' }]} />
        <Select name="secrecy" view={view} choices={['open', 'private', 'secret'].map(plain)} />
        <PathField key={view.filters.path ?? ''} path={view.filters.path ?? ''} onPath={(path) => view.set({ path })} />
        <div className={css['time']}><TextField label={FILTER_NAMES.from} type="datetime-local" step={1} value={view.filters.from ?? ''} onChange={(event) => view.set({ from: event.target.value })} /></div>
        <div className={css['time']}><TextField label={FILTER_NAMES.to} type="datetime-local" step={1} value={view.filters.to ?? ''} onChange={(event) => view.set({ to: event.target.value })} /></div>
      </div>
    </search>
  );
}

const plain = (value: string): { readonly value: string; readonly label: string } => ({ value, label: visible(value) });

function Select({ name, view, choices }: { readonly name: Filter; readonly view: View; readonly choices: readonly { readonly value: string; readonly label: string }[] }): ReactNode {
  const value = view.filters[name] ?? '';
  // What the URL says can be chosen, also where nothing of it is on record (any more).
  const known = value === '' || choices.some((choice) => choice.value === value) ? choices : [...choices, plain(value)];
  return <SelectField label={FILTER_NAMES[name]} choices={[{ value: '', label: 'any' }, ...known]} value={value} onChange={(event) => view.set({ [name]: event.target.value })} />;
}

/** Asks when the typing rests. */
function WordsField({ words, onWords, field }: { readonly words: string; readonly onWords: (words: string) => void; readonly field: Ref<HTMLInputElement> }): ReactNode {
  const [typed, setTyped] = useState(words);
  const [said, setSaid] = useState(words);
  if (said !== words) {
    // It changed elsewhere: back in history, or cleared.
    setSaid(words);
    if (typed.trim() !== words) setTyped(words);
  }
  useEffect(() => {
    if (typed.trim() === words) return undefined;
    const timer = setTimeout(() => onWords(typed.trim()), 160);
    return () => clearTimeout(timer);
  }, [typed, words, onWords]);
  // Out of the field with the words kept; the browser's own Escape would clear them.
  const leave = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.currentTarget.blur();
  };
  return (
    <div className={css['search']}>
      <TextField ref={field} quiet label="Search commands, paths and outputs" type="search" placeholder="Search commands, paths, outputs   /" value={typed} onChange={(event) => setTyped(event.target.value)} onKeyDown={leave} />
    </div>
  );
}

function PathField({ path, onPath }: { readonly path: string; readonly onPath: (path: string) => void }): ReactNode {
  const [typed, setTyped] = useState(path);
  return (
    <form onSubmit={(event) => { event.preventDefault(); onPath(typed.trim()); }}>
      <TextField label={FILTER_NAMES.path} placeholder="src/ or a file" value={typed} onChange={(event) => setTyped(event.target.value)} onBlur={() => typed.trim() !== path && onPath(typed.trim())} />
    </form>
  );
}

function wordsOf(name: Filter, value: string, titleOf: (id: string) => string): string {
  switch (name) {
    case 'session':
      return titleOf(value);
    case 'from':
    case 'to':
      return value.replace('T', ' ');
    default:
      return value;
  }
}
