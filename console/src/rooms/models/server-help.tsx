// How each usual model server is started so that it is found.
import type { ReactNode } from 'react';
import css from './models.module.css';

const SERVERS: readonly { readonly name: string; readonly how: ReactNode }[] = [
  { name: 'Text Generation WebUI', how: <>start it with <code>--api</code></> },
  { name: 'llama.cpp', how: <><code>llama-server -m MODEL.gguf --jinja</code></> },
  { name: 'Ollama', how: <><code>ollama serve</code>, and <code>ollama pull</code> a model that can call tools</> },
  { name: 'LM Studio', how: <>load a model, then start the server in its Developer tab</> },
  { name: 'vLLM', how: <><code>vllm serve MODEL --enable-auto-tool-choice</code></> },
  { name: 'A GGUF file', how: <><code>npm run engine</code> once, then add the file here</> },
];

export function ServerHelp(): ReactNode {
  return <ul className={css['servers']}>{SERVERS.map(({ name, how }) => <li key={name}><strong>{name}</strong>: {how}</li>)}</ul>;
}
