// All commands, each loaded only when it is called, so that none pays for another.
import type { Command } from './command.ts';

export const COMMANDS: { readonly [name: string]: () => Promise<Command> } = {
  start: async () => (await import('./start.ts')).start,
  ask: async () => (await import('./ask.ts')).ask,
  run: async () => (await import('./run.ts')).run,
  inbox: async () => (await import('./inbox.ts')).inbox,
  show: async () => (await import('./show.ts')).show,
  invoke: async () => (await import('./invoke.ts')).invoke,
  deny: async () => (await import('./deny.ts')).deny,
  draft: async () => (await import('./draft.ts')).draft,
  undo: async () => (await import('./undo.ts')).undo,
  history: async () => (await import('./undo.ts')).history,
  config: async () => (await import('./config.ts')).config,
  profile: async () => (await import('./profile.ts')).profile,
  policy: async () => (await import('./policy.ts')).policy,
  replay: async () => (await import('./replay.ts')).replay,
  log: async () => (await import('./log.ts')).log,
  sessions: async () => (await import('./sessions.ts')).sessions,
  resume: async () => (await import('./sessions.ts')).resume,
  cancel: async () => (await import('./sessions.ts')).cancel,
  stop: async () => (await import('./sessions.ts')).stop,
  'sign-out': async () => (await import('./sign-out.ts')).signOut,
  models: async () => (await import('./models.ts')).models,
  label: async () => (await import('./label.ts')).label,
  workspace: async () => (await import('./workspace.ts')).workspace,
  backup: async () => (await import('./backup.ts')).backup,
  restore: async () => (await import('./restore.ts')).restore,
  doctor: async () => (await import('./doctor.ts')).doctor,
};

export async function helpText(): Promise<string> {
  const all = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const lines = all.map(({ usage, summary }) => `  pwb ${usage.split(' | ').join('\n  pwb ')}\n      ${summary}`);
  return `ProWorkBench: a model proposes, you review and invoke, everything is on record.

${lines.join('\n')}

Exit codes: 0 done, 1 fault, 2 usage, 3 waits for you, 4 refused.
For one call: PWB_HOME, PWB_MODEL_URL, PWB_MODEL, PWB_MODEL_KEY.`;
}
