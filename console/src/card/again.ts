// What this page said yes to: a card that waits again was judged anew, since things were not as they had been seen.
const yes = new Map<string, string>();

export function noteYes(id: string, seen: string): void {
  yes.set(id, seen);
}

/** Was the yes for something else than what waits now? */
export function isAskedAgain(id: string, seen: string): boolean {
  const before = yes.get(id);
  return before !== undefined && before !== seen;
}
