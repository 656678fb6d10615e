// Tells the person that something waits while they look elsewhere: on the desktop and by a sound, if they want that.
// A notification says how many and of what tool, never what a model, file or program said.
import { useEffect, useRef } from 'react';
import type { InboxAnswer } from './api/inbox.ts';
import { preferences } from './preferences.ts';

export function useNotifications(inbox: InboxAnswer | undefined): void {
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (inbox === undefined) return;
    const ids = new Set(inbox.waiting.map(({ id }) => id));
    const before = known.current;
    known.current = ids;
    // What waited when the page opened is no news.
    if (before === null || ![...ids].some((id) => !before.has(id))) return;
    const { notify, sound } = preferences();
    if (sound) play();
    if (notify && document.visibilityState !== 'visible' && 'Notification' in window && Notification.permission === 'granted') {
      const one = new Notification('ProWorkBench: an action waits for you', { body: inbox.count === 1 ? 'One action waits in the inbox.' : `${inbox.count} actions wait in the inbox.`, tag: 'pwb-waiting' });
      one.addEventListener('click', () => window.focus());
    }
  }, [inbox]);
}

/** Two short notes, made here: nothing is loaded. */
export function play(): void {
  const context = new AudioContext();
  for (const [at, frequency] of [[0, 660], [0.12, 880]] as const) {
    const note = context.createOscillator();
    const volume = context.createGain();
    note.frequency.value = frequency;
    volume.gain.setValueAtTime(0.08, context.currentTime + at);
    volume.gain.exponentialRampToValueAtTime(0.0001, context.currentTime + at + 0.18);
    note.connect(volume).connect(context.destination);
    note.start(context.currentTime + at);
    note.stop(context.currentTime + at + 0.2);
  }
  setTimeout(() => void context.close(), 600);
}
