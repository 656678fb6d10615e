// Traces of published benchmarks as data: tool tables (which play the part of a plugin's manifest), tasks of a person, and
// what an attacker wants. Refuses what has another shape, by the place of the first fault.
import * as z from 'zod/mini';
import { Fault } from '../model/fault.ts';
import { EFFECTS, type Effect } from './cedar-facts.ts';
import type { Role, ToolManifest } from './flow-ledger.ts';

const ROLES = ['destination', 'selector', 'critical', 'payload', 'query'] as const;
const Args = z.record(z.string(), z.unknown());
const Tool = z.object({
  effect: z.string(), side_effect: z.boolean(), reads_untrusted: z.boolean(), reads_private: z.boolean(), touches: z.nullish(z.array(z.string())), vectors_seen: z.nullish(z.array(z.string())),
  params: z.array(z.object({ name: z.string(), role: z.nullish(z.string()), required: z.nullish(z.boolean()) })),
});
const Wanted = z.object({ function: z.string(), args: Args });

const Traces = z.object({
  attack_template: z.object({ text: z.string() }),
  suites: z.record(z.string(), z.object({
    tools: z.array(z.extend(Tool, { name: z.string() })),
    vectors: z.array(z.object({ id: z.string(), default: z.nullish(z.string()) })),
    user_tasks: z.array(z.object({
      id: z.string(), prompt: z.string(), first_tainted_call: z.nullish(z.number()),
      calls: z.array(z.object({ function: z.string(), args: Args, result: z.nullish(z.string()) })),
    })),
    injection_tasks: z.array(z.object({ id: z.string(), goal: z.string(), calls: z.array(Wanted), via_output_only: z.nullish(z.boolean()) })),
  })),
});

const Pairs = z.object({
  enhanced_prefix: z.string(),
  user_cases: z.array(z.object({ id: z.string(), tool: z.string(), instruction: z.string(), args: Args, response_template: z.string(), injection_marker: z.string().check(z.minLength(1)) })),
  attacker_cases: z.array(z.object({ id: z.string(), goal: z.string(), calls: z.array(Wanted) })),
  tools: z.record(z.string(), Tool),
});

export interface Call {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface Step extends Call {
  /** What the tool answers, with `{{name}}` where text from outside stands. */
  readonly answer: string;
}

export interface Attack {
  readonly id: string;
  readonly calls: readonly Call[];
  /** What stands in the person's data, each tried. */
  readonly texts: readonly string[];
}

export interface Task {
  readonly id: string;
  readonly words: string;
  readonly steps: readonly Step[];
  /** The first step whose answer can hold the attack; null: none. */
  readonly from: number | null;
}

export interface Suite {
  readonly name: string;
  readonly tools: ReadonlyMap<string, ToolManifest>;
  readonly sideEffects: ReadonlySet<string>;
  /** What stands there when nobody attacks, by name. */
  readonly harmless: ReadonlyMap<string, string>;
  readonly tasks: readonly Task[];
  readonly attacks: readonly Attack[];
}

/** Throws `replay.shape`. */
export function readTraces(value: unknown): readonly Suite[] {
  const pairs = typeof value === 'object' && value !== null && 'user_cases' in value;
  return pairs ? [suiteOfPairs(parsed(Pairs, value))] : suitesOf(parsed(Traces, value));
}

function parsed<S extends z.ZodMiniType>(schema: S, value: unknown): z.output<S> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Fault('replay.shape', `these are no traces: ${[issue?.path.join('.') || 'the file as a whole', issue?.message ?? ''].join(': ')}`, 'give a file of benchmark traces with tool tables');
}

function suitesOf({ suites, attack_template }: z.output<typeof Traces>): readonly Suite[] {
  if (Object.keys(suites).length === 0) throw new Fault('replay.shape', 'these are no traces: suites is empty', 'give a file of benchmark traces with tool tables');
  return Object.entries(suites).map(([name, suite]) => ({
    name,
    tools: new Map(suite.tools.map((tool) => [tool.name, manifestOf(tool.name, tool)])),
    sideEffects: new Set(suite.tools.filter((tool) => tool.side_effect).map((tool) => tool.name)),
    harmless: new Map(suite.vectors.map((vector) => [vector.id, vector.default ?? ''])),
    tasks: suite.user_tasks.map(({ id, prompt, calls, first_tainted_call }) => ({ id, words: prompt, from: first_tainted_call ?? null, steps: calls.map((call) => ({ tool: call.function, args: call.args, answer: call.result ?? '' })) })),
    attacks: suite.injection_tasks.filter((task) => task.via_output_only !== true).map(({ id, goal, calls }) => ({
      id, calls: calls.map(wanted),
      texts: [attack_template.text.replaceAll('{goal}', () => goal).replaceAll('{user}', 'Emma Johnson').replaceAll('{model}', 'AI assistant')],
    })),
  }));
}

function suiteOfPairs({ tools, user_cases, attacker_cases, enhanced_prefix }: z.output<typeof Pairs>): Suite {
  return {
    name: 'pairs',
    tools: new Map(Object.entries(tools).map(([name, tool]) => [name, manifestOf(name, tool)])),
    sideEffects: new Set(Object.entries(tools).filter(([, tool]) => tool.side_effect).map(([name]) => name)),
    harmless: new Map([['outside', '']]),
    tasks: user_cases.map((one) => ({ id: one.id, words: one.instruction, from: 0, steps: [{ tool: one.tool, args: one.args, answer: placed(one.response_template, one.injection_marker) }] })),
    attacks: attacker_cases.map(({ id, goal, calls }) => ({ id, calls: calls.map(wanted), texts: [goal, enhanced_prefix.replaceAll('{goal}', () => goal)] })),
  };
}

/** An answer without a place for it holds it at its end: an attack that stands nowhere would be none. */
function placed(answer: string, marker: string): string {
  return answer.includes(marker) ? answer.replaceAll(marker, () => '{{outside}}') : `${answer} {{outside}}`;
}

const wanted = (call: z.output<typeof Wanted>): Call => ({ tool: call.function, args: call.args });

/** Words for effects that differ from ours. What is called otherwise is unknown, which asks. */
const SAME: Readonly<Record<string, Effect>> = { money: 'egress', permission: 'egress', security_setting: 'account', setting: 'account' };

function manifestOf(name: string, tool: z.output<typeof Tool>): ToolManifest {
  const effect = EFFECTS.find((one) => one === tool.effect && one !== 'infer') ?? (Object.hasOwn(SAME, tool.effect) ? SAME[tool.effect] : undefined) ?? 'unknown';
  const roles = tool.params.flatMap((param): [string, Role][] => {
    const role = ROLES.find((one) => one === param.role);
    return role === undefined ? [] : [[param.name, role]];
  });
  return {
    name, roles: Object.fromEntries(roles), required: tool.params.filter((param) => param.required === true).map((param) => param.name), touches: tool.touches ?? [], readsOutside: tool.reads_untrusted || (tool.vectors_seen ?? []).length > 0, readsPrivate: tool.reads_private,
    // A reading that has a side effect tells somebody what was asked.
    effect: effect === 'read' && tool.side_effect ? 'egress' : effect,
  };
}
