// The kinds of model servers, told apart by what they answer and not by their port. Pure: it names the routes
// to ask and reads the answers. The order is from the most to the least sure.
import { genericServer } from './server-generic.ts';
import { llamacppServer } from './server-llamacpp.ts';
import { lmstudioServer } from './server-lmstudio.ts';
import type { Answers, ServerKind } from './answers.ts';
import type { Dialect } from './endpoint.ts';
import { ollamaServer } from './server-ollama.ts';
import { textgenServer } from './server-textgen.ts';
import { vllmServer } from './server-vllm.ts';

/** Asked of every server. */
export const FIRST_ROUTES = ['/v1/models', '/api/version'] as const;

export const SERVER_KINDS: readonly ServerKind[] = [textgenServer, llamacppServer, vllmServer, lmstudioServer, ollamaServer, genericServer];

export function kindOf(dialect: Dialect | undefined): ServerKind | undefined {
  return SERVER_KINDS.find((kind) => kind.dialect === dialect);
}

/** Whom to suspect after the first answers. What the answers say comes before a hint, or a hint could hide a cloud. */
export function suspects(first: Answers, hint: ServerKind | undefined): readonly ServerKind[] {
  const kind = SERVER_KINDS.find((one) => one.suspect(first)) ?? hint;
  return kind === undefined ? SERVER_KINDS : [kind];
}
