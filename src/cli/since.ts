// A length of time as a person types it: 30d, 12h or 45m.
import { usageFault, type Command } from './command.ts';

const UNITS: { readonly [unit: string]: number } = { d: 86_400_000, h: 3_600_000, m: 60_000 };

/** Milliseconds. Throws `usage.words`. */
export function lengthNamed(command: Pick<Command, 'usage'>, word: string): number {
  const [, number, unit = ''] = /^(\d{1,5})([dhm])$/.exec(word) ?? [];
  const each = UNITS[unit];
  if (number === undefined || each === undefined) throw usageFault(command, `${JSON.stringify(word.slice(0, 80))} is no length of time: say it as 30d, 12h or 45m`);
  return Number(number) * each;
}
