// Where JSON breaks: the engine's own message often lacks the place, and a model needs it to mend its call.
// Only asked after JSON.parse has refused; it finds the first offence in one pass and never throws.

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

type Expect = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or end';

/** What is wrong first and where, with a few characters around it; positions count UTF-16 units from 0 (RFC 8259 grammar). */
export function jsonTrouble(text: string): string {
  let at = 0;
  const eat = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) return false;
    at += found.length;
    return true;
  };
  const is = (char: string): boolean => text[at] === char;
  // What is expected next; a stack of open brackets instead of recursion, so that depth can't overflow.
  const open: ('{' | '[')[] = [];
  let expect: Expect = 'value';
  for (;;) {
    eat(SPACE);
    if (at >= text.length) return open.length === 0 && expect === 'comma or end' ? 'it could not be read' : say(text, at, 'it ends too early (cut off?)');
    if (expect === 'comma or end') {
      const inner = open.at(-1);
      if (inner === undefined) return say(text, at, 'there is more after the end of the object');
      if (is(',')) expect = inner === '{' ? 'key' : 'value';
      else if (is(inner === '{' ? '}' : ']')) open.pop();
      else return say(text, at, `expected , or ${inner === '{' ? '}' : ']'}`);
      at += 1;
    } else if (expect === 'colon') {
      if (!is(':')) return say(text, at, 'expected :');
      at += 1;
      expect = 'value';
    } else if ((expect === 'key or }' && is('}')) || (expect === 'value or ]' && is(']'))) {
      open.pop();
      at += 1;
      expect = 'comma or end';
    } else if (is('"')) {
      at += 1;
      const trouble = readString();
      if (trouble !== '') return say(text, at, trouble);
      expect = wantsKey(expect) ? 'colon' : 'comma or end';
    } else if (wantsKey(expect)) {
      return say(text, at, 'expected a key in double quotes');
    } else if (is('{') || is('[')) {
      const inner = is('{') ? '{' : '[';
      open.push(inner);
      at += 1;
      expect = inner === '{' ? 'key or }' : 'value or ]';
    } else if (eat(NUMBER) || eat(WORD)) expect = 'comma or end';
    else return say(text, at, is("'") ? 'strings take double quotes' : 'expected a value');
  }

  function readString(): string {
    for (;;) {
      eat(PLAIN);
      if (is('"')) {
        at += 1;
        return '';
      }
      if (at >= text.length) return 'a string has no closing quote (cut off?)';
      if (is('\\')) {
        if (!eat(ESCAPE)) return 'a backslash needs another: write \\\\';
      } else return 'a raw control character in a string: write \\n for a new line, \\t for a tab';
    }
  }
}

function wantsKey(expect: Expect): boolean {
  return expect === 'key' || expect === 'key or }';
}

function say(text: string, at: number, what: string): string {
  const around = text.slice(Math.max(0, at - 20), at + 20);
  return `at position ${at}${around === '' ? '' : ` (near ${JSON.stringify(around)})`}: ${what}`;
}
