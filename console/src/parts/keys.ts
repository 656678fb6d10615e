// The keyboard: each room says which keys do what; the list that `?` shows is made of the same.
import { useEffect, useRef } from 'react';

export interface Key {
  /** As KeyboardEvent.key; `g i` is one after the other; `Mod+k` is Control (or Command) with it. */
  readonly keys: string;
  readonly words: string;
  /** Also while a field has the focus. */
  readonly always?: boolean;
  /** Not again while it is held down: for what answers. */
  readonly once?: boolean;
  readonly run: () => void;
}

interface Entry { readonly group: string; readonly get: () => readonly Key[] }
const entries = new Set<Entry>();

/** While the component lives, its keys do what they say. The newest one that knows a key wins. */
export function useKeys(group: string, keys: readonly Key[]): void {
  const now = useRef(keys);
  useEffect(() => {
    now.current = keys;
  });
  useEffect(() => {
    const entry: Entry = { group, get: () => now.current };
    entries.add(entry);
    return () => void entries.delete(entry);
  }, [group]);
}

/** All that work now, by group, for the list. */
export function listKeys(): readonly { readonly group: string; readonly keys: readonly Key[] }[] {
  const groups = new Map<string, readonly Key[]>();
  for (const { group, get } of entries) groups.set(group, [...(groups.get(group) ?? []), ...get()]);
  return [...groups].map(([group, keys]) => ({ group, keys })).filter(({ keys }) => keys.length > 0);
}

let first: { readonly key: string; readonly at: number } | null = null;

addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const name = `${event.ctrlKey || event.metaKey ? 'Mod+' : ''}${event.shiftKey && event.key.length > 1 ? 'Shift+' : ''}${event.key.length === 1 && (event.ctrlKey || event.metaKey) ? event.key.toLowerCase() : event.key}`;
  const inField = isField(event.target);
  const after = first !== null && event.timeStamp - first.at < 1200 ? `${first.key} ${name}` : null;
  // The second key of a pair that comes too late was meant for the pair: it answers nothing.
  const late = first !== null && after === null && isPair(`${first.key} ${name}`);
  for (const wanted of after === null ? [name] : [after, name]) {
    for (const entry of [...entries].toReversed()) {
      const key = entry.get().find((one) => one.keys === wanted);
      if (key === undefined || (inField && key.always !== true) || (late && key.once === true)) continue;
      if (event.repeat && key.once === true) return event.preventDefault();
      event.preventDefault();
      first = null;
      key.run();
      return;
    }
  }
  first = inField || event.key.length !== 1 ? null : { key: name, at: event.timeStamp };
});

function isPair(keys: string): boolean {
  return [...entries].some((entry) => entry.get().some((one) => one.keys === keys));
}

function isField(target: EventTarget | null): boolean {
  // In a shadow tree (an editor) the event's own path says where it was.
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type=checkbox]):not([type=radio]), textarea, select, [role=textbox], [data-keys=own]') || target.closest('[role=menu], [role=listbox], [role=dialog], [role=alertdialog]') !== null);
}
