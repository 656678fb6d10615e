// Encodes a chat request (OpenAI chat completions, streaming) as head and tail around the messages.
// Says only what it must: sampling is the server's business, and `tool_choice` is never sent
// (`auto` is the default everywhere, Ollama doesn't know it, others don't enforce it).
import type { Dialect, Endpoint } from './endpoint.ts';

export interface RequestShape {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

export interface RequestOptions {
  /** Most tokens of the answer; without it the server decides. */
  readonly maxTokens?: number;
}

const encoder = new TextEncoder();

/**
 * The exact request body is head ‖ message₀ ‖ message₁ … ‖ tail (see messageBytes).
 * @param toolsJson a JSON array of OpenAI function tools, already in its final bytes; `[]` or '' for none.
 */
export function requestShape(endpoint: Endpoint, toolsJson: string, options: RequestOptions = {}): RequestShape {
  const parts = [`"model":${JSON.stringify(endpoint.model)}`, '"stream":true', '"stream_options":{"include_usage":true}'];
  if (options.maxTokens !== undefined) parts.push(`"max_tokens":${options.maxTokens}`);
  parts.push(...extras(endpoint.dialect));
  // vLLM refuses an empty list of tools.
  if (toolsJson !== '' && toolsJson !== '[]') parts.push(`"tools":${toolsJson}`);
  // The messages come last, so that all that doesn't change within a session stands before them.
  return { head: encoder.encode(`{${parts.join(',')},"messages":[`), tail: encoder.encode(']}') };
}

function extras(dialect: Dialect): readonly string[] {
  switch (dialect) {
    case 'llamacpp':
      // Says how far the prompt is read; a long prompt on a CPU takes minutes.
      return ['"return_progress":true'];
    case 'textgen':
    case 'ollama':
    case 'lmstudio':
    case 'vllm':
    case 'generic':
    case 'embedded':
    case 'practice':
      return [];
  }
}
