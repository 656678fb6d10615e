// Tokens inside a line, as elements of a closed set. What isn't in the set is shown as it was written.
import type { Token } from 'marked';
import { Fragment, type ReactNode } from 'react';
import { visible } from '../../../src/model/visible.ts';
import { LinkOut } from './markdown-link.tsx';
import { prose, unspell } from './prose.ts';
import css from './markdown.module.css';

const DEEPEST = 12;

export function Inline({ tokens, depth = 0 }: { readonly tokens: readonly Token[]; readonly depth?: number }): ReactNode {
  return tokens.map((token, index) => <Fragment key={index}>{oneOf(token, depth)}</Fragment>);
}

function oneOf(token: Token, depth: number): ReactNode {
  const inner = 'tokens' in token && Array.isArray(token.tokens) ? token.tokens as readonly Token[] : [];
  if (depth > DEEPEST) return prose(token.raw);
  const inside = (): ReactNode => <Inline tokens={inner} depth={depth + 1} />;
  switch (token.type) {
    case 'text':
      return inner.length > 0 ? inside() : prose(unspell(textIn(token)));
    case 'escape':
      return prose(textIn(token));
    case 'strong':
      return <strong>{inside()}</strong>;
    case 'em':
      return <em>{inside()}</em>;
    case 'del':
      return <del>{inside()}</del>;
    case 'codespan':
      return <code className={css['span']} dir="ltr">{visible(textIn(token))}</code>;
    case 'br':
      return <br />;
    case 'link':
      return <LinkOut address={hrefIn(token)} text={textIn(token)}>{inside()}</LinkOut>;
    case 'image':
      return <LinkOut address={hrefIn(token)} text={textIn(token)} picture>{prose(textIn(token)) || 'without a name'}</LinkOut>;
    case 'checkbox':
      return 'checked' in token && token.checked === true ? '☑ ' : '☐ ';
    case 'html':
      return <code className={css['span']} dir="ltr">{visible(token.raw, '\n')}</code>;
    default:
      return prose(token.raw);
  }
}

/** Marked's own types leave a token open; these are the two strings that are read from one. */
function textIn(token: Token): string {
  return 'text' in token && typeof token.text === 'string' ? token.text : token.raw;
}

function hrefIn(token: Token): string {
  return 'href' in token && typeof token.href === 'string' ? unspell(token.href) : '';
}
