// The one door from a model's words to an Action. It never throws and never acts; what it can't read goes
// back as words. Nothing in a call can speak of approval: unknown keys are refused (THREATS 7).
import type { Place } from '../model/action.ts';
import { offered, TOOLS, type Offer } from './offer.ts';
import type { Understood } from './tool.ts';

/** @param offer what was offered; a tool that wasn't isn't understood either. */
export function understand(call: { readonly name: string; readonly arguments: string }, place: Place, offer: Offer = { sandbox: true }): Understood {
  const tools = offered(offer);
  const tool = tools.find(({ name }) => name === call.name);
  if (tool !== undefined) return tool.understand(call.arguments, place);
  const known = TOOLS.some(({ name }) => name === call.name);
  const shown = JSON.stringify(call.name.slice(0, 60));
  const names = tools.map(({ name }) => name).join(', ');
  return { ok: false, error: known ? `${call.name} needs a sandbox, and this machine has none. Tools: ${names}` : `there is no tool ${shown}. Tools: ${names}` };
}
