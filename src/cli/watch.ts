// Shows a turn while it happens: the model's words as they come, one line an action, a clock while it thinks.
import type { Id } from '../model/id.ts';
import type { Live, Watch } from '../model/live.ts';
import type { OutcomeKind } from '../model/outcome.ts';
import { visible } from '../model/visible.ts';
import type { Out } from './out.ts';

export interface Shown extends Watch {
  /** All text that the model wrote in its latest answer. */
  text(): string;
  notices(): readonly string[];
  /** Output of a person's own command was shown as it came. */
  echoed(): boolean;
  end(): void;
}

export interface About {
  /** One line. */
  readonly line: string;
  /** A person's own command: its output is shown as it comes, and no line when it ended. */
  readonly own: boolean;
  /** It has the terminal to itself. */
  readonly terminal?: boolean;
}

export function watchTurn(out: Out, signal: AbortSignal, about: (action: Id) => About): Shown {
  let text = '';
  let doing = '';
  let since = Date.now();
  let heard = 0;
  let lineOpen = false;
  let spaced = true;
  let own = false;
  let echoed = false;
  const notices: string[] = [];
  const tick = (): void => {
    if (doing !== '') out.progress(`${doing} ${Math.round((Date.now() - since) / 1000)} s${heard > 0 ? `, ${heard} characters` : ''} (Ctrl-C cancels)`);
  };
  const start = (what: string): void => {
    doing = what;
    since = Date.now();
    heard = 0;
    tick();
  };
  const stream = (piece: string, print: (text: string) => void): void => {
    doing = '';
    if (!spaced && out.interactive) out.stream('\n');
    spaced = true;
    print(piece);
    lineOpen = !piece.endsWith('\n');
  };
  const freshLine = (): void => {
    doing = '';
    if (lineOpen) out.stream('\n');
    lineOpen = false;
  };
  const timer = setInterval(tick, 1000).unref();

  const hear = (live: Live): void => {
    switch (live.type) {
      case 'thinking':
        freshLine();
        text = '';
        start(`${visible(live.model)} thinks`);
        return;
      case 'text':
        text += live.text;
        stream(live.text, out.stream);
        return;
      case 'reasoning':
        heard += live.text.length;
        return;
      case 'calling':
        freshLine();
        doing = `writes a call to ${visible(live.name)},`;
        heard = live.bytes;
        return;
      case 'action':
        if (live.kind === 'infer') return;
        freshLine();
        if (live.state === 'rehearsing' || live.state === 'granted') {
          const { line, own: isOwn, terminal = false } = about(live.action);
          own = isOwn;
          if (!terminal) start(line);
        } else if (live.state === 'ended') {
          const { line, own: isOwn } = about(live.action);
          if (!isOwn) out.note(out.style('dim', `▸ ${line}${endWords(live.outcome, live.exit)}`));
          spaced = isOwn;
        }
        return;
      case 'output':
        if (!own) return;
        echoed = true;
        stream(live.text, out.output);
        return;
      case 'notice':
        freshLine();
        notices.push(live.words);
        out.note(out.style('yellow', `! ${visible(live.words)}`));
        return;
      case 'step':
        return;
      case 'rest':
        freshLine();
        return;
    }
  };
  return { signal, hear, text: () => text.trim(), notices: () => notices, echoed: () => echoed, end: () => clearInterval(timer) };
}

/** Nothing for what went well. */
function endWords(outcome: OutcomeKind | undefined, exit: number | null | undefined): string {
  if (outcome === undefined || outcome === 'done') return typeof exit === 'number' && exit !== 0 ? ` → exit ${exit}` : '';
  return ` → ${outcome}`;
}
