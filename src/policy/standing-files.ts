// The standing rules that can speak of a question: those of its kind of action, in its workspace where that was then, as
// one file of Cedar. Made again when the list is another. What can't be had answers nothing, so that the person is asked.
import { sha256 } from '../model/digest.ts';
import type { OwnRules } from './layers.ts';
import type { Question } from './policy.ts';
import type { Standing } from './standing.ts';
import { standingFile } from './standing-cedar.ts';

export class StandingFiles {
  /** Of which the files are. */
  #list: readonly Standing[] = [];
  readonly #files = new Map<string, OwnRules | null>();

  /** Null: none speaks of it. Never throws. */
  of({ stage, into, proposal: { action }, world }: Question): OwnRules | null {
    // Each rule says so itself; the others need not be asked for.
    if (stage !== 'land' || into !== 'workspace' || !(action.kind === 'run' || action.kind === 'write' || action.kind === 'commit' || action.kind === 'fetch')) return null;
    try {
      const list = world.standing();
      if (list !== this.#list) this.#files.clear();
      this.#list = list;
      const place = `${action.kind} ${action.workspace} ${action.root}`;
      const known = this.#files.get(place);
      if (known !== undefined) return known;
      const made = fileOf(list.filter(({ kind, workspace, root }) => kind === action.kind && workspace === action.workspace && root === action.root));
      this.#files.set(place, made);
      return made;
    } catch {
      return null;
    }
  }
}

function fileOf(rules: readonly Standing[]): OwnRules | null {
  if (rules.length === 0) return null;
  const file = standingFile(rules);
  return { key: sha256(file.text), files: [file] };
}
