// Why no rule lets something go without asking, in words made of its facts alone. It decides nothing.
import type { Facts, Trust } from './cedar-facts.ts';

const ORIGIN: Readonly<Record<Trust, string | null>> = {
  none: null, person: null,
  asked: 'comes from a trusted result',
  workspace: 'comes from a trusted result, and which one was not your choice',
  named: 'comes from the record that you named',
  outside: 'was found in text from outside',
  composed: "is the model's own choice: neither your words nor anything read vouches for it",
};

/** One or more sentences; never empty. */
export function obstaclesOf(facts: Facts): string {
  const said: string[] = [];
  for (const [role, trust] of [['Where it goes', facts.destination], ['What it acts on', facts.selector], ['What it decides', facts.critical], ['What it carries', facts.payload]] as const) {
    const origin = ORIGIN[trust];
    if (origin !== null) said.push(`${role} ${origin}.`);
  }
  if (facts.newLinks > 0) said.push('What it carries has links that are not yours.');
  if (facts.newAddresses > 0) said.push('What it carries has addresses or accounts that are not yours.');
  if (facts.apart) said.push('Its words stand in different sentences of yours.');
  if (facts.again) said.push('The same was done before.');
  if (facts.carries !== 'open' && facts.effect === 'egress') said.push(`It may carry something ${facts.carries}.`);
  if (facts.integrity === 'outside') said.push('The model has read text from outside.');
  return said.length === 0 ? 'No rule speaks of this, so a person is asked.' : said.join(' ');
}
