// Dates, times and lengths of time as people and programs write them, in one form each. What can be read in two ways
// (05/06/2024) is none of them; a day without a year is a date only beside one year.
import type { AtomType, Finder } from './flow-atoms.ts';

const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];
const MONTH = '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?';
const COUNTS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];
const MINUTES: Readonly<Record<string, number>> = { minute: 1, min: 1, hour: 60, hr: 60, day: 1440, week: 10_080 };
const EDGE = '(?<![\\p{L}\\p{N}])';
const END = '(?![\\p{L}\\p{N}])';
const NTH = '(?:st|nd|rd|th)?';
const UNTIL = ' ?(?:-|–|to|until|till|through) ?';

const two = (value: number | string): string => String(value).padStart(2, '0');
const masked = (form: string): { type: AtomType; form: string } => ({ type: 'masked', form });

function dateForm(year: string, month: number, day: number): { type: AtomType; form: string } {
  const form = `${year}-${two(month)}-${two(day)}`;
  const date = new Date(`${form}T00:00:00Z`);
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== form ? masked(form) : { type: 'date', form };
}

/** A day of any year, `--05-15`. */
function dayForm(month: number, day: number): { type: AtomType; form: string } {
  return { type: 'day', form: `--${two(month)}-${two(day)}` };
}

/** The dates that days are, in the years that the same text says. */
export function datesOf(days: readonly string[], years: readonly string[]): readonly string[] {
  return days.flatMap((day) => [...new Set(years)].map((year) => dateForm(year, Number(day.slice(2, 4)), Number(day.slice(5)))).filter(({ type }) => type === 'date').map(({ form }) => form));
}

function timeForm(hours: number, minutes: number, half: string | undefined): { type: AtomType; form: string } | null {
  const late = half?.toLowerCase().startsWith('p') ?? false;
  const hour = half === undefined ? hours : (hours % 12) + (late ? 12 : 0);
  return hour > 23 || minutes > 59 || (half !== undefined && (hours < 1 || hours > 12)) ? null : { type: 'time', form: `${two(hour)}:${two(minutes)}` };
}

const monthOf = (word: string): number => MONTHS.findIndex((month) => month.startsWith(word.toLowerCase().slice(0, 3))) + 1;

export const TIMES: readonly Finder[] = [
  {
    pattern: new RegExp(`${EDGE}(\\d{4})-(\\d{2})-(\\d{2})[T ](\\d{2}):(\\d{2})(?::(\\d{2})(?:\\.\\d{1,9})?)?(Z|[+-]\\d{2}:?\\d{2})?${END}`, 'gu'),
    form([, year = '', month, day, hours = '', minutes = '', seconds = '00', zone = '']) {
      const date = dateForm(year, Number(month), Number(day));
      const time = timeForm(Number(hours), Number(minutes), undefined);
      return date.type === 'masked' || time === null ? masked(date.form) : { type: 'datetime', form: `${date.form}T${time.form}${seconds === '00' ? '' : `:${seconds}`}${zone}` };
    },
  },
  {
    pattern: new RegExp(`${EDGE}(\\d{4})-(\\d{2})-(\\d{2})${END}`, 'gu'),
    form: ([, year = '', month, day]) => dateForm(year, Number(month), Number(day)),
  },
  {
    pattern: new RegExp(`${EDGE}(\\d{4})[/.](\\d{2})[/.](\\d{2})${END}`, 'gu'),
    form: ([, year = '', month, day]) => dateForm(year, Number(month), Number(day)),
  },
  // "May 3 to 5, 2024" and "3rd to 5th of May": the month is said once, and the year at the end.
  {
    pattern: new RegExp(`(?<=${EDGE}${MONTH} \\d{1,2}${NTH}${UNTIL})(\\d{1,2})${NTH}(?:,? (\\d{4}))?${END}(?!:| ?[ap]\\.?m\\b)`, 'giu'),
    form: ([, month = '', day, year]) => (year === undefined ? dayForm(monthOf(month), Number(day)) : dateForm(year, monthOf(month), Number(day))),
  },
  {
    pattern: new RegExp(`${EDGE}(\\d{1,2})${NTH}(?=${UNTIL}\\d{1,2}${NTH} (?:of )?${MONTH}${END})`, 'giu'),
    form: ([, day, month = '']) => dayForm(monthOf(month), Number(day)),
  },
  {
    pattern: new RegExp(`${EDGE}${MONTH} (\\d{1,2})(?:st|nd|rd|th)?(?:,? (\\d{4}))?${END}`, 'giu'),
    form: ([, month = '', day, year]) => (year === undefined ? dayForm(monthOf(month), Number(day)) : dateForm(year, monthOf(month), Number(day))),
  },
  {
    pattern: new RegExp(`${EDGE}(\\d{1,2})(?:st|nd|rd|th)? (?:of )?${MONTH}(?:,? (\\d{4}))?${END}`, 'giu'),
    form: ([, day, month = '', year]) => (year === undefined ? dayForm(monthOf(month), Number(day)) : dateForm(year, monthOf(month), Number(day))),
  },
  {
    pattern: new RegExp(`${EDGE}(\\d{1,4})[/.](\\d{1,2})[/.](\\d{1,4})${END}`, 'gu'),
    form([text, first = '', second = '', year = '']) {
      // Only a number beyond twelve says which of the two is the day.
      if (year.length !== 4 || (Number(first) > 12) === (Number(second) > 12)) return masked(text);
      return Number(first) > 12 ? dateForm(year, Number(second), Number(first)) : dateForm(year, Number(first), Number(second));
    },
  },
  { pattern: new RegExp(`${EDGE}(noon|midday|midnight)${END}`, 'giu'), form: ([text]) => ({ type: 'time', form: text.toLowerCase() === 'midnight' ? '00:00' : '12:00' }) },
  {
    pattern: new RegExp(`${EDGE}(\\d{1,2}):(\\d{2})(?::\\d{2})? ?([ap]\\.?m\\b\\.?)?${END}`, 'giu'),
    form: ([text, hours, minutes, half]) => timeForm(Number(hours), Number(minutes), half) ?? masked(text),
  },
  {
    pattern: new RegExp(`${EDGE}(\\d{1,2}) ?([ap]\\.?m)\\b\\.?`, 'giu'),
    form: ([text, hours, half]) => timeForm(Number(hours), 0, half) ?? masked(text),
  },
  {
    pattern: new RegExp(`${EDGE}(\\d{1,4}(?:\\.5)?|an?|${COUNTS.join('|')})[ -]?(minute|min|hour|hr|day|week)s?${END}`, 'giu'),
    form([, count = '', unit = '']) {
      const word = COUNTS.indexOf(count.toLowerCase());
      const much = /^an?$/i.test(count) ? 1 : word >= 0 ? word : Number(count);
      return { type: 'duration', form: String(much * (MINUTES[unit.toLowerCase()] ?? 0)) };
    },
  },
];

const MOST = 512;

/** Moments that follow from what was said: a day said with a time said, and that a length of time later; a day's first and last minute. Forms of `datetime`. */
export function momentsFrom(dates: readonly string[], times: readonly string[], durations: readonly string[]): ReadonlySet<string> {
  const all = new Set<string>();
  for (const date of dates.slice(0, MOST / 2)) for (const edge of ['00:00', '23:59']) all.add(`${date}T${edge}`);
  for (const date of dates) {
    for (const time of times) {
      for (const minutes of ['0', ...durations]) {
        if (all.size >= MOST) return all;
        const moment = new Date(new Date(`${date}T${time}:00Z`).getTime() + Number(minutes) * 60_000);
        if (!Number.isNaN(moment.getTime())) all.add(moment.toISOString().slice(0, 16));
      }
    }
  }
  return all;
}
