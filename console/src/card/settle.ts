// A card that has just come, changed or gone moves others to its place: for a moment none of them takes a yes, since the
// finger was on its way to another (THREATS 11). Whoever times what appears can't choose what a press means.
import { useLayoutEffect, useSyncExternalStore } from 'react';

/** Milliseconds: longer than between the two presses of a double one. */
const MOMENT = 500;

let settled = true;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function disturb(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    settled = true;
    for (const listener of listeners) listener();
  }, MOMENT);
  settled = false;
  for (const listener of listeners) listener();
}

/** @param what stands there to be answered; null: nothing. @returns whether all that can be answered has stood still for a moment. */
export function useSettled(what: string | null): boolean {
  useLayoutEffect(() => {
    if (what === null) return undefined;
    disturb();
    return disturb;
  }, [what]);
  return useSyncExternalStore(listen, () => settled);
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
