// Which tools are offered, and their exact JSON in the OpenAI form. The text is made once per process.
import { FILE_TOOLS } from './file-tools.ts';
import { RUN_TOOL, SERVICE_TOOL } from './run-tool.ts';
import type { JsonSchema, Tool } from './tool.ts';

export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
}

/** What this machine can do: without a sandbox nothing that starts a process is offered. */
export interface Offer {
  readonly sandbox: boolean;
}

export const TOOLS: readonly Tool[] = [...FILE_TOOLS, RUN_TOOL, SERVICE_TOOL];

export function offered(offer: Offer): readonly Tool[] {
  return TOOLS.filter(({ needsSandbox }) => offer.sandbox || !needsSandbox);
}

export function offeredTools(offer: Offer): readonly OfferedTool[] {
  return offered(offer).map((tool) => ({ name: tool.name, description: tool.description, parameters: tool.parameters() }));
}

const texts = new Map<boolean, string>();

/** The exact text of the `tools` array of a chat completion request. The same offer gives the same bytes. */
export function toolsJson(offer: Offer): string {
  let text = texts.get(offer.sandbox);
  if (text === undefined) {
    text = JSON.stringify(offeredTools(offer).map((tool) => ({ type: 'function', function: tool })));
    texts.set(offer.sandbox, text);
  }
  return text;
}
