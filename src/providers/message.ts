// Chat messages and their exact bytes on the wire. One form for all servers, so that a message is stored
// once and a request is head ‖ messages ‖ tail.
import { isObject, parseLoose } from './loose.ts';

/** A tool call as a model said it. `arguments` is text: it need not be JSON, and nobody here repairs it. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

export type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly calls?: readonly ToolCall[] }
  /** The answer to one call. `name` is the tool's, which some chat templates need. */
  | { readonly role: 'tool'; readonly call: string; readonly name: string; readonly content: string };

const encoder = new TextEncoder();

/** UTF-8 JSON of one message; every one but the first of a request starts with a comma. */
export function messageBytes(message: ChatMessage, first: boolean): Uint8Array {
  // Half of a surrogate pair has no UTF-8; as an escape it would make some servers refuse the request.
  return encoder.encode((first ? '' : ',') + JSON.stringify(wire(message), (_key, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value)));
}

function wire(message: ChatMessage): object {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content: message.content };
    case 'assistant':
      // Content is never null: some chat templates add it to a string, and all servers take an empty one.
      if (message.calls === undefined || message.calls.length === 0) return { role: 'assistant', content: message.content };
      return {
        role: 'assistant',
        content: message.content,
        tool_calls: message.calls.map((call) => ({ id: call.id, type: 'function', function: { name: call.name, arguments: wireArguments(call.arguments) } })),
      };
    case 'tool':
      return { role: 'tool', tool_call_id: message.call, name: message.name, content: message.content };
  }
}

/**
 * Servers parse the arguments of earlier calls and refuse the whole request when they are not an object
 * (Ollama: "invalid tool call arguments"), which would end the session. So text that is not one goes back
 * inside one; the model still sees what it wrote.
 */
function wireArguments(text: string): string {
  return isObject(parseLoose(text)) ? text : JSON.stringify({ unreadable_arguments: text });
}
