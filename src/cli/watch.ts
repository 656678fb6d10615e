// Shows a turn while it happens: the model's words as they come, one line an action, a clock while it thinks.
import type { Live, Watch } from '../model/live.ts';
import { visible } from '../model/visible.ts';
import type { Out } from './out.ts';

export interface Shown extends Watch {
  /** All text that the model wrote in its latest answer. */
  text(): string;
  notices(): readonly string[];
  end(): void;
}

/** @param title words for an action's line, by its id. */
export function watchTurn(out: Out, signal: AbortSignal, title: (action: string) => string): Shown {
  let text = '';
  let doing = '';
  let since = Date.now();
  let heard = 0;
  const notices: string[] = [];
  const tick = (): void => {
    if (doing !== '') out.progress(`${doing} ${Math.round((Date.now() - since) / 1000)} s${heard > 0 ? `, ${heard} characters` : ''} (Ctrl-C cancels)`);
  };
  const start = (what: string): void => {
    doing = what;
    since = Date.now();
    heard = 0;
  };
  const timer = setInterval(tick, 1000).unref();

  const hear = (live: Live): void => {
    switch (live.type) {
      case 'thinking':
        if (text !== '' && !text.endsWith('\n')) out.stream('\n');
        text = '';
        start(`${visible(live.model)} thinks`);
        tick();
        return;
      case 'text':
        doing = '';
        text += live.text;
        out.stream(live.text);
        return;
      case 'reasoning':
        heard += live.text.length;
        return;
      case 'calling':
        doing = `writes a call to ${visible(live.name)},`;
        heard = live.bytes;
        return;
      case 'action':
        if (live.kind === 'infer') return;
        if (live.state === 'granted') start(`${title(live.action)}`);
        if (live.state === 'ended') {
          doing = '';
          if (text !== '' && !text.endsWith('\n')) out.stream('\n');
          text = text === '' ? '' : '\n';
          out.note(out.style('dim', `▸ ${title(live.action)}`));
        }
        return;
      case 'output':
        return;
      case 'notice':
        notices.push(live.words);
        out.note(out.style('yellow', `! ${visible(live.words)}`));
        return;
      case 'rest':
        doing = '';
        if (text !== '' && !text.endsWith('\n')) out.stream('\n');
        return;
    }
  };
  return { signal, hear, text: () => text.trim(), notices: () => notices, end: () => clearInterval(timer) };
}
