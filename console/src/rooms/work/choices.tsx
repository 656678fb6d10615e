// Who answers and how much is asked: the model and the profile, each with what it means.
import { useId, type ReactNode } from 'react';
import { visible } from '../../../../src/model/visible.ts';
import type { Model, Profiles } from './data.ts';
import css from './composer.module.css';

interface ChoiceProps<T> {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly disabled: boolean;
  readonly from: T;
}

export function ModelChoice({ value, onChange, disabled, from, also, served = null }: ChoiceProps<readonly Model[]> & { readonly also?: string; readonly served?: string | null }): ReactNode {
  const known = from.some(({ name }) => name === value) || value === '';
  return (
    <Choice label="Model" value={value} disabled={disabled} onChange={onChange}>
      {also === undefined ? null : <option value="">{also}</option>}
      {known ? null : <option value={value}>{visible(served ?? from.find(({ name }) => name.startsWith(`${value}#`))?.model ?? value)}</option>}
      {from.map((one) => <option key={`${one.name} ${one.model}`} value={one.name}>{visible(nameOf(one))}{one.where === 'remote' ? ', remote' : one.where === 'pass-through' ? ', passes on' : ''}{one.reachable || one.where === 'inside' ? '' : ', no answer'}</option>)}
    </Choice>
  );
}

/** A server that was found has no name of the person's: what it serves says more than its address. */
export function nameOf({ name, model, server, configured }: Model): string {
  return configured || model === '' || model === name ? name : `${model} (${server})`;
}

/** The value '' is the configured one. */
export function ProfileChoice({ value, onChange, disabled, from }: ChoiceProps<Profiles | undefined>): ReactNode {
  return (
    <Choice label="Profile" value={value} disabled={disabled} onChange={onChange}>
      <option value="">{from === undefined ? 'as configured' : `as configured: ${from.profile}`}</option>
      {(from?.profiles ?? []).map(({ name }) => <option key={name} value={name}>{name}</option>)}
      {value !== '' && from === undefined ? <option value={value}>{visible(value)}</option> : null}
    </Choice>
  );
}

export function Choice({ label, value, onChange, disabled, children }: Omit<ChoiceProps<never>, 'from'> & { readonly label: string; readonly children: ReactNode }): ReactNode {
  const id = useId();
  return (
    <span className={css['choice']}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} disabled={disabled} onChange={(event) => onChange(event.target.value)}>{children}</select>
    </span>
  );
}

/** One line on what the choices mean; what leaves the machine is said loudly. */
export function Meaning({ model, models, profile, policy }: { readonly model: string; readonly models: readonly Model[]; readonly profile: string; readonly policy: Profiles | undefined }): ReactNode {
  const chosen = models.find(({ name }) => name === model);
  const named = profile === '' ? policy?.profile : profile;
  const words = policy?.profiles.find(({ name }) => name === named)?.words;
  return (
    <p className={css['hint']}>
      {chosen?.where === 'remote' ? <strong className={css['loud']}>Remote: what you say and what it reads leaves this machine. </strong> : null}
      {chosen?.where === 'pass-through' ? <strong className={css['loud']}>This server passes on to another machine: what you say and what it reads leaves this one. </strong> : null}
      {chosen !== undefined && !chosen.reachable && chosen.where !== 'inside' ? <strong className={css['loud']}>Its server does not answer now. </strong> : null}
      {words === undefined ? null : <><b>{named}</b>: {words}</>}
    </p>
  );
}
