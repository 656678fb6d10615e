// What a server answered to a probe, and how to read it. Foreign data: nothing is taken on trust.
import type { Dialect } from './endpoint.ts';
import type { FoundModel, FoundState } from './found.ts';
import { isObject, listOf, objectOf, textOf, type Loose } from './loose.ts';

export interface Answered {
  readonly status: number;
  /** The JSON of the body, or undefined. */
  readonly value: unknown;
}

/** By route; a route that wasn't asked or didn't answer is absent. */
export type Answers = ReadonlyMap<string, Answered>;

export interface Sketch {
  readonly version?: string;
  readonly state: Extract<FoundState, 'ready' | 'loading'>;
  readonly models: readonly FoundModel[];
}

export interface ServerKind {
  readonly dialect: Dialect;
  /** True when the first two answers point here. */
  suspect(first: Answers): boolean;
  /** What to ask besides the first two. */
  readonly routes: readonly string[];
  recognise(answers: Answers): Sketch | null;
}

/** The rows of `/v1/models`. */
export function modelRows(answers: Answers): readonly Loose[] {
  const models = answers.get('/v1/models');
  return models?.status === 200 ? listOf(objectOf(models.value)['data']).filter(isObject) : [];
}

/** True when a row of `/v1/models` names this owner. */
export function isOwnedBy(answers: Answers, owner: RegExp): boolean {
  return modelRows(answers).some((row) => owner.test(textOf(row['owned_by'])));
}

/** The JSON object that a route answered with status 200, else an empty one. */
export function okObject(answers: Answers, route: string): Loose {
  const answer = answers.get(route);
  return answer?.status === 200 ? objectOf(answer.value) : {};
}

/** A server that says in JSON that it wants a key. (An empty 403 is something else: AirPlay, on port 5000.) */
export function isLocked(answers: Answers): boolean {
  const models = answers.get('/v1/models');
  return models !== undefined && (models.status === 401 || models.status === 403) && isObject(models.value);
}
