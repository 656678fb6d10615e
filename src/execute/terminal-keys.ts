// The way out of a command that has taken the keyboard: Ctrl-C and Ctrl-Z are the command's, so a person who is
// stuck needs keys that are ours. All keys are passed on, these too.

/** In words, to be shown before such a command begins. */
export const LEAVE = 'Ctrl-] three times';

const KEY = 0x1d;
const TIMES = 3;
/** Milliseconds between the first and the last. */
const WITHIN = 1000;

/** @returns what hears all keys. */
export function leaveByKeys(pass: (keys: Uint8Array) => void, leave: () => void): (keys: Uint8Array) => void {
  let pressed: number[] = [];
  return (keys) => {
    const now = performance.now();
    for (const key of keys) {
      pressed = key === KEY ? [...pressed.slice(1 - TIMES), now] : [];
      if (pressed.length === TIMES && now - (pressed[0] ?? 0) <= WITHIN) leave();
    }
    pass(keys);
  };
}
