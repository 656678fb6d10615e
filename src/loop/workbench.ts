// Everything opened and connected, as the doors see it. main.ts makes one.
import type { ActionRow } from '../approvals/actions.ts';
import type { Check } from '../execute/containment.ts';
import type { FoundFiles } from '../execute/find-files.ts';
import type { ModelLine } from '../execute/model-lines.ts';
import type { Door } from '../model/event.ts';
import type { Config } from '../storage/config.ts';
import type { Home } from '../storage/home.ts';
import type { House } from './house.ts';

/** A call that will ask a model soon says which: undefined is the default one. */
export interface Expecting {
  readonly model: string | undefined;
}

export interface Workbench extends House {
  readonly home: Home;
  readonly version: string;
  /** Actions that an earlier process began and never ended, found at this start. */
  readonly orphans: readonly ActionRow[];
  config(): Config;
  /** Change the configuration, on record. */
  changeConfig(change: (config: Config) => Config, what: string, door: Door): Promise<void>;
  /** All servers and files that are configured or found, and the name of the one that is asked when the person names none; null: there is none. */
  models(): Promise<{ readonly lines: readonly ModelLine[]; readonly byDefault: string | null }>;
  /** The name of the model to ask when the person names none: configured, else found on this machine, else the practice model for a newcomer. Throws `model.none`. */
  defaultModel(): Promise<string>;
  /** Pin and configure a GGUF file. Throws `model.file` and so on. */
  addModelFile(file: string, name: string | undefined, door: Door): Promise<ModelLine>;
  /** Files of a workspace whose names fit some words, the best first, secrets left out. @param root absolute, of a registered workspace. */
  findFiles(root: string, question: string, limit: number): Promise<FoundFiles>;
  checks(): Promise<readonly Check[]>;
  close(): Promise<void>;
}

export type { Check, ModelLine };

export const PRACTICE = 'practice';
