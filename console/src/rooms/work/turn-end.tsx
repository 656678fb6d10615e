// Where a turn ended: in words, with what it took. One that ended otherwise than with an answer can be asked again.
import { memo, type ReactNode } from 'react';
import { Button } from '../../parts/button.tsx';
import { Said } from '../../parts/text.tsx';
import { countWords, durationWords } from '../../parts/time.tsx';
import type { EndItem } from './items.ts';
import { tokenWords } from './message.tsx';
import css from './thread.module.css';

interface TurnEndProps {
  readonly end: EndItem;
  /** Absent: it is not the last one, or nothing can be said now. */
  readonly onRetry: (() => void) | undefined;
  readonly onGoOn: (() => void) | undefined;
}

/** Ends after which going on makes sense: the model was stopped by a limit, not by what was said. */
const CUT = ['steps', 'tokens'];

export const TurnEnd = memo(function TurnEnd({ end, onRetry, onGoOn }: TurnEndProps): ReactNode {
  const { why, words, steps, tokens, duration } = end;
  const took = `${countWords(steps, 'step')}, ${durationWords(duration)}, ${tokenWords(tokens)}`;
  if (why === 'answered') return <p className={css['end']}><span>{took}</span></p>;
  return (
    <div className={css['ended']} data-tone={why === 'cancelled' || why === 'stopped' ? 'quiet' : 'warning'}>
      <p><Said text={words === '' ? (WORDS[why] ?? why) : words} /> <span className={css['quiet']}>({took})</span></p>
      {onRetry === undefined ? null : (
        <p className={css['row']}>
          {CUT.includes(why) && onGoOn !== undefined ? <Button onClick={onGoOn}>Go on</Button> : null}
          <Button onClick={onRetry}>Retry</Button>
        </p>
      )}
    </div>
  );
});

const WORDS: { readonly [why: string]: string } = {
  steps: 'It came to the end of its steps.', tokens: 'It came to the end of its tokens.', repeats: 'It repeated itself.', cancelled: 'Cancelled.',
  context: 'What was said does not fit the model’s window any more.', refused: 'The request was refused.', fault: 'It failed.', stopped: 'Everything was stopped.',
};
