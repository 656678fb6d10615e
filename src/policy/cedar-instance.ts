// Cedar's WebAssembly, loaded when it is first asked. Who could attack: whoever writes a rule that is nested until the
// machine breaks off; what is left of it then can't be trusted with the next rule, so it is thrown away and loaded anew.
import { createRequire } from 'node:module';
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';

const NAME = '@cedar-policy/cedar-wasm/nodejs';

/** It broke off. What had been prepared is gone. */
export class EngineBroken extends Error {
  override readonly name = 'EngineBroken';
}

export type Asked = Pick<typeof Cedar, 'policySetTextToParts' | 'policyToJson' | 'validate' | 'preparsePolicySet' | 'statefulIsAuthorized'>;

let instance: typeof Cedar | undefined;
let lives = 0;

/** How often it broke off: what was prepared in an earlier life is not there any more. */
export function life(): number {
  return lives;
}

/** Each throws `EngineBroken` where the machine itself gives up. The first call takes 30 ms. */
export const CEDAR: Asked = {
  policySetTextToParts: (text) => ask((cedar) => cedar.policySetTextToParts(text)),
  policyToJson: (rule) => ask((cedar) => cedar.policyToJson(rule)),
  validate: (call) => ask((cedar) => cedar.validate(call)),
  preparsePolicySet: (name, set) => ask((cedar) => cedar.preparsePolicySet(name, set)),
  statefulIsAuthorized: (call) => ask((cedar) => cedar.statefulIsAuthorized(call)),
};

/** At once, so that the first call is as quick as the others. */
export function loadInstance(): void {
  instance ??= load();
}

function ask<T>(work: (cedar: typeof Cedar) => T): T {
  instance ??= load();
  try {
    return work(instance);
  } catch (error) {
    // A stack that is too deep, a trap; whatever else it throws says no more of what it is worth now.
    instance = undefined;
    lives += 1;
    throw new EngineBroken('the rules are nested too deeply, or too long', { cause: error });
  }
}

function load(): typeof Cedar {
  const loader = createRequire(import.meta.url);
  if (lives > 0) delete loader.cache[loader.resolve(NAME)];
  return loader(NAME);
}
