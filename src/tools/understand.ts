// The one door from a model's words to an Action. It never throws and never acts; what it can't read goes
// back as words. Nothing in a call can speak of approval: unknown keys are refused (THREATS 7).
import type { Place } from '../model/action.ts';
import { offered, TOOLS, type Offer } from './offer.ts';
import { NOTHING_KEPT, type Kept, type Understood } from './tool.ts';

/**
 * @param offer what was offered; a tool that wasn't isn't understood either.
 * @param kept what may be passed on by its handle; without it, nothing.
 */
export function understand(call: { readonly name: string; readonly arguments: string }, place: Place, offer: Offer = { sandbox: true }, kept: Kept = NOTHING_KEPT): Understood {
  const tools = offered(offer);
  const tool = tools.find(({ name }) => name === call.name);
  if (tool !== undefined) return tool.understand(call.arguments, place, kept);
  const known = TOOLS.find(({ name }) => name === call.name);
  const shown = JSON.stringify(call.name.slice(0, 60));
  const names = tools.map(({ name }) => name).join(', ');
  return { ok: false, error: `${known === undefined ? `there is no tool ${shown}` : known.needsNetwork === true ? `${call.name} needs a network, and a sealed session has none` : `${call.name} needs a sandbox, and this machine has none`}. Tools: ${names}` };
}
