// The workbench's settings as the server explains them; one source with docs/configuration.md.
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { ask } from '../../api/ask.ts';

export type Value = string | number | boolean | readonly string[] | null;

export interface Setting {
  readonly key: string;
  readonly words: string;
  readonly kind: 'choice' | 'number' | 'text' | 'list' | 'flag';
  readonly choices: readonly string[] | null;
  readonly unit: string | null;
  /** Null: not set. */
  readonly value: Value;
  readonly default: Value;
  /** Heeded only by what is started afterwards. */
  readonly restart: boolean;
  readonly editable: boolean;
}

export interface SettingsAnswer {
  readonly file: string;
  readonly settings: readonly Setting[];
}

export function useSettings(): UseQueryResult<SettingsAnswer> {
  return useQuery({ queryKey: ['settings'], queryFn: ({ signal }) => ask<SettingsAnswer>('GET', '/api/settings', undefined, signal) });
}

export function isDefault({ value, default: byDefault }: Setting): boolean {
  return JSON.stringify(value) === JSON.stringify(byDefault);
}

/** A value in words; bytes also as people count them. */
export function valueWords(value: Value, unit: string | null): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'object') return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value === 'string') return value;
  const plain = `${value.toLocaleString('en')}${unit === null ? '' : ` ${unit}`}`;
  if (unit !== 'bytes' || value < 1024) return plain;
  const power = Math.min(3, Math.floor(Math.log2(value) / 10));
  const few = value / 1024 ** power;
  return `${Number.isInteger(few) ? few : few.toFixed(1)} ${['', 'KiB', 'MiB', 'GiB'][power] ?? ''} (${plain})`;
}
