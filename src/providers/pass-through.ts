// Names that a local server only passes on to a cloud, as Ollama writes them.

/** `gpt-oss:120b-cloud`, `glm-4.6:cloud`. A name alone can only add suspicion: what isn't named so may still be passed on. */
export function isPassThrough(name: string): boolean {
  return /[:-]cloud$/i.test(name);
}
