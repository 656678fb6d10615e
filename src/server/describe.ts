// The OpenAPI 3.1 document of a table of routes (https://spec.openapis.org/oas/v3.1.0), from the very shapes that
// check the requests. Loaded when somebody asks for it, since start-up has no need of it.
import * as z from 'zod/mini';
import type { Route } from './route.ts';

type Schema = { readonly [key: string]: unknown };

export function describe(routes: readonly Route[], version: string): Schema {
  const paths: { [path: string]: { [method: string]: Schema } } = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'ProWorkBench', version, description: 'The workbench on this machine. It answers only on loopback, only to its own host name and origin, and only with a credential.' },
    security: [{ session: [] }, { file: [] }],
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'pwb-PORT', description: 'What a sign-in link becomes; PORT is that of the server.' },
        file: { type: 'http', scheme: 'bearer', description: 'The text of the file `credential` in the state folder.' },
      },
      schemas: {
        Error: {
          type: 'object',
          required: ['error'],
          additionalProperties: false,
          properties: { error: { type: 'object', required: ['code', 'words', 'hint'], additionalProperties: false, properties: { code: { type: 'string' }, words: { type: 'string' }, hint: { type: 'string' } } } },
        },
      },
    },
  };
}

function operation(route: Route): Schema {
  const { params, query, body } = route.shapes;
  const bodySchema = schemaOf(body, 'input');
  const hasBody = 'anyOf' in bodySchema || Object.keys(propertiesOf(bodySchema)).length > 0;
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replace('/api', '').replaceAll(/[/:.-]+(\w?)/g, (_, next: string) => next.toUpperCase())}`,
    summary: route.summary,
    'x-right': route.right,
    ...(route.right === 'none' ? { security: [] } : {}),
    parameters: [...parameters(schemaOf(params, 'input'), 'path'), ...parameters(schemaOf(query, 'input'), 'query')],
    ...(route.takes === 'bytes' ? { requestBody: { required: true, content: { 'application/octet-stream': {} } } } : {}),
    ...(hasBody ? { requestBody: { required: true, content: { 'application/json': { schema: bodySchema } } } } : {}),
    responses: {
      [route.status]: { description: 'Done.', content: content(route) },
      default: { description: 'Refused, in words.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
    },
  };
}

function content(route: Route): Schema {
  switch (route.gives) {
    case 'json':
      return { 'application/json': { schema: schemaOf(route.shapes.answer, 'output') } };
    case 'bytes':
    case 'stream':
      return { 'application/octet-stream': {} };
    case 'events':
      return { 'text/event-stream': { schema: { type: 'string' } } };
  }
}

function parameters(schema: Schema, where: 'path' | 'query'): Schema[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(propertiesOf(schema)).map(([name, value]) => ({ name, in: where, required: where === 'path' || required.includes(name), schema: value }));
}

function propertiesOf(schema: Schema): object {
  const { properties } = schema;
  return typeof properties === 'object' && properties !== null ? properties : {};
}

function schemaOf(shape: z.ZodMiniType, io: 'input' | 'output'): Schema {
  const { $schema: _, '~standard': _standard, ...schema } = z.toJSONSchema(shape, { io });
  return schema;
}
