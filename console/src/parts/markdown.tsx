// What a model said, as Markdown: read by marked's lexer, drawn as React elements of a closed set. No HTML, no picture,
// no address that opens by itself; a long or hostile text is shown by parts, and never cut without saying so.
import type { Token, Tokens } from 'marked';
import { Fragment, memo, useMemo, useState, type ReactNode } from 'react';
import { Button } from './button.tsx';
import { CodePiece } from './markdown-code.tsx';
import { Inline } from './markdown-inline.tsx';
import { piecesOf, tokensOf, type Piece } from './markdown-read.ts';
import { prose } from './prose.ts';
import { countWords } from './time.tsx';
import css from './markdown.module.css';

/** Characters that are drawn at once. */
const PAGE = 32_768;
const DEEPEST = 12;

/** @param growing it is still being said: its end is what is looked at. */
export function Markdown({ text, growing = false }: { readonly text: string; readonly growing?: boolean }): ReactNode {
  const [pages, setPages] = useState(1);
  const shown = useMemo(() => (growing ? end(text) : begin(text, pages)), [text, pages, growing]);
  const left = text.length - shown.length;
  const pieces = useMemo(() => piecesOf(shown), [shown]);
  return (
    <div className={css['markdown']} dir="auto">
      {left > 0 && growing ? <p className={css['rest']}>The first {countWords(left, 'character')} can be read when it is done.</p> : null}
      {pieces.map((piece, index) => <PieceView key={index} kind={piece.kind} source={piece.source} lang={piece.kind === 'code' ? piece.lang : ''} />)}
      {left > 0 && !growing ? (
        <p className={css['rest']}>
          {countWords(left, 'character')} of {text.length.toLocaleString('en')} not shown yet.{' '}
          <Button onClick={() => setPages(pages + 1)}>Show the next {Math.min(left, PAGE).toLocaleString('en')}</Button>
        </p>
      ) : null}
    </div>
  );
}

/** So many pages of it; a hidden character takes as much room as its spelling. */
function begin(text: string, pages: number): string {
  const most = roomFor(text.slice(0, PAGE)) * pages;
  return text.length <= most ? text : text.slice(0, most).toWellFormed();
}

function end(text: string): string {
  const most = roomFor(text.slice(-PAGE));
  return text.length <= most ? text : text.slice(-most).toWellFormed();
}

function roomFor(sample: string): number {
  const drawn = prose(sample).length;
  return drawn <= sample.length * 1.5 ? PAGE : Math.floor(PAGE * sample.length / drawn);
}

/** By its strings, so that only the piece that grows is read again. */
const PieceView = memo(function PieceView({ kind, source, lang }: { readonly kind: Piece['kind']; readonly source: string; readonly lang: string }): ReactNode {
  if (kind === 'code') return <CodePiece text={source} lang={lang} />;
  const tokens = tokensOf(source);
  return tokens === null ? <p className={css['plain']}>{prose(source)}</p> : <Blocks tokens={tokens} depth={0} />;
});

function Blocks({ tokens, depth }: { readonly tokens: readonly Token[]; readonly depth: number }): ReactNode {
  return tokens.map((token, index) => <Fragment key={index}>{blockOf(token, depth)}</Fragment>);
}

function blockOf(token: Token, depth: number): ReactNode {
  if (depth > DEEPEST) return <p className={css['plain']}>{prose(token.raw)}</p>;
  switch (token.type) {
    case 'space':
      return null;
    case 'hr':
      return <hr />;
    case 'heading': {
      // The room's heading is the first, a conversation's the second.
      const { depth: level, tokens } = token as Tokens.Heading;
      const Level = level === 1 ? 'h3' : level === 2 ? 'h4' : level === 3 ? 'h5' : 'h6';
      return <Level><Inline tokens={tokens} /></Level>;
    }
    case 'paragraph':
      return <p><Inline tokens={token.tokens ?? []} /></p>;
    case 'text':
    case 'checkbox':
      return <Inline tokens={[token]} />;
    case 'code': {
      const { text, lang = '' } = token as Tokens.Code;
      return <CodePiece text={text} lang={lang} />;
    }
    case 'blockquote':
      return <blockquote><Blocks tokens={token.tokens ?? []} depth={depth + 1} /></blockquote>;
    case 'list':
      return <List list={token as Tokens.List} depth={depth} />;
    case 'table':
      return <Table table={token as Tokens.Table} />;
    default:
      // HTML, definitions of links, and what a later marked may know: as it was written.
      return <p className={css['plain']}>{prose(token.raw.trimEnd())}</p>;
  }
}

function List({ list, depth }: { readonly list: Tokens.List; readonly depth: number }): ReactNode {
  const items = list.items.map((item, index) => <li key={index} className={item.task ? css['task'] : undefined}><Blocks tokens={item.tokens} depth={depth + 1} /></li>);
  return list.ordered ? <ol start={list.start === '' ? 1 : list.start}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ table }: { readonly table: Tokens.Table }): ReactNode {
  return (
    <div className={css['table']} role="group" aria-label="Table" tabIndex={0}>
      <table>
        <thead><tr>{table.header.map((cell, index) => <th key={index} scope="col" className={css[cell.align ?? 'left']}><Inline tokens={cell.tokens} /></th>)}</tr></thead>
        <tbody>{table.rows.map((row, at) => <tr key={at}>{row.map((cell, index) => <td key={index} className={css[cell.align ?? 'left']}><Inline tokens={cell.tokens} /></td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}
