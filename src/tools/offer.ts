// Which tools are offered, and their exact JSON in the OpenAI form. The text is made once per process.
import type { Profile } from '../model/profile.ts';
import { FETCH_TOOL } from './fetch-tool.ts';
import { FILE_TOOLS } from './file-tools.ts';
import { RUN_TOOL, SERVICE_TOOL } from './run-tool.ts';
import type { JsonSchema, Tool } from './tool.ts';

export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
}

/** What this machine can do, and the session may: without a sandbox nothing that starts a process is offered. */
export interface Offer {
  readonly sandbox: boolean;
  /** It reaches no network, so nothing that reads from one is offered; rules deny it all the same. */
  readonly sealed?: boolean;
}

export const TOOLS: readonly Tool[] = [...FILE_TOOLS, RUN_TOOL, SERVICE_TOOL, FETCH_TOOL];

export function offerIn({ sandbox, profile }: { readonly sandbox: boolean; readonly profile: Profile }): Offer {
  return { sandbox, sealed: profile === 'sealed' };
}

export function offered(offer: Offer): readonly Tool[] {
  return TOOLS.filter(({ needsSandbox, needsNetwork }) => (offer.sandbox || !needsSandbox) && (offer.sealed !== true || needsNetwork !== true));
}

export function offeredTools(offer: Offer): readonly OfferedTool[] {
  return offered(offer).map((tool) => ({ name: tool.name, description: tool.description, parameters: tool.parameters() }));
}

const texts = new Map<string, string>();

/** The exact text of the `tools` array of a chat completion request. The same offer gives the same bytes. */
export function toolsJson(offer: Offer): string {
  const key = `${offer.sandbox} ${offer.sealed === true}`;
  let text = texts.get(key);
  if (text === undefined) {
    text = JSON.stringify(offeredTools(offer).map((tool) => ({ type: 'function', function: tool })));
    texts.set(key, text);
  }
  return text;
}
