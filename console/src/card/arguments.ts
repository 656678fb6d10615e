// The arguments of a call as fields: text is edited as text, without the quotes and escapes of JSON.
export interface Field {
  readonly name: string;
  readonly kind: 'text' | 'number' | 'flag' | 'json';
  readonly value: string;
}

/** @param json the server's text of the arguments: an object. */
export function argumentFields(json: string): readonly Field[] {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).map(([name, one]: [string, unknown]) => {
    if (typeof one === 'string') return { name, kind: 'text', value: one };
    if (typeof one === 'number') return { name, kind: 'number', value: String(one) };
    if (typeof one === 'boolean') return { name, kind: 'flag', value: String(one) };
    return { name, kind: 'json', value: JSON.stringify(one, null, 2) };
  });
}

export function argumentsText(fields: readonly Field[]): string | { readonly wrong: string } {
  const all: [string, unknown][] = [];
  for (const { name, kind, value } of fields) {
    if (kind === 'text') all.push([name, value]);
    else {
      const parsed = parse(value);
      const fits = kind === 'json' ? parsed !== undefined : typeof parsed === (kind === 'number' ? 'number' : 'boolean');
      if (!fits) return { wrong: `${name} is not ${kind === 'number' ? 'a number' : kind === 'flag' ? 'true or false' : 'JSON'}.` };
      all.push([name, parsed]);
    }
  }
  return JSON.stringify(Object.fromEntries(all), null, 2);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
