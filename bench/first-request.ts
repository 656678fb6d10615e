// The first request of a session: system text and all core tools, in tokens of o200k.
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { systemText } from '../src/loop/system.ts';
import { messageBytes } from '../src/providers/message.ts';
import { requestShape } from '../src/providers/request.ts';
import { toolsJson } from '../src/tools/offer.ts';
import type { Result } from './measure.ts';

export async function bench(): Promise<Result> {
  const shape = requestShape({ name: 'm', dialect: 'generic', url: 'http://127.0.0.1:1', locality: 'local', model: 'm' }, toolsJson({ sandbox: true }), {});
  const text = [shape.head, messageBytes({ role: 'system', content: systemText(true) }, true), messageBytes({ role: 'user', content: 'hi' }, false), shape.tail].map((part) => Buffer.from(part).toString('utf8')).join('');
  const tokens = countTokens(text);
  return { title: 'First request', rows: [{ what: 'whole request body, system text and eleven tools (o200k)', figure: `${tokens} tokens`, target: '≤ 1500', ok: tokens <= 1500 }] };
}

if (import.meta.main) console.table((await bench()).rows);
