// Opens the rooms and connects them; the only file that knows all.
import { expire } from './approvals/answer.ts';
import { recover } from './approvals/recover.ts';
import { StandingRules } from './approvals/standing.ts';
import { openLog } from './audit/log.ts';
import { main } from './cli/main.ts';
import { findContainment } from './execute/containment.ts';
import { handsOf } from './execute/hands.ts';
import { isClosedUrl } from './execute/closed-url.ts';
import { HIDDEN_GLOBS, isHidden } from './execute/hidden.ts';
import { outsideRule } from './execute/outside.ts';
import type { FileFinder } from './execute/find-files.ts';
import { LIMITS, LONGEST_RUN } from './execute/limits.ts';
import { Models } from './execute/models.ts';
import type { Expecting, Workbench } from './loop/workbench.ts';
import { profileOf, workspaceOf } from './loop/session.ts';
import { MACHINE, OwnRuleFiles, type MachineRules } from './loop/own-rules.ts';
import { isRegistered, isWithin, practiceRoot } from './loop/workspaces.ts';
import { canonicalBytes } from './model/canonical.ts';
import { systemClock } from './model/clock.ts';
import { policyOf } from './policy/decide.ts';
import { Layers } from './policy/layers.ts';
import { liveConfig, readConfig, writeConfig, type Config } from './storage/config.ts';
import { findHome, openHome } from './storage/home.ts';
import { openStore } from './storage/store.ts';
import { offerIn, toolsJson } from './tools/offer.ts';
import { VERSION } from './version.ts';

/**
 * Everything opened and connected. Throws Faults with next steps; what was acknowledged before is never touched by a failure.
 * @param machine where the rules of the machine lie; no setting of a person's and no variable says so.
 */
export async function openWorkbench(env: NodeJS.ProcessEnv, expecting?: Expecting, machine: MachineRules = MACHINE): Promise<Workbench> {
  const home = openHome(findHome(env));
  const config = liveConfig(home);
  const clock = systemClock;
  const findSandbox = (): ReturnType<typeof findContainment> => findContainment({ cacheFile: `${home.state}/containment.json` });
  const models = new Models(home, env, config, findSandbox);
  if (expecting !== undefined) models.expect(expecting.model);
  const [store, containment] = await Promise.all([openStore(home), findSandbox()]);
  const log = await openLog(store, clock);

  const { limits, toolchains, budgets, hide: more } = config();
  const hide = [...HIDDEN_GLOBS, ...more];
  const sandbox = containment.sandbox === 'bwrap';
  const own = new OwnRuleFiles(log, { config: home.config, machine, version: VERSION });
  const policy = policyOf(new Layers((workspace) => own.of(workspace)));
  let isWarm = false;
  const warm = (): void => {
    if (!isWarm) setImmediate(() => policy.warm(config().profile, ''));
    isWarm = true;
  };
  const hands = handsOf({
    log,
    state: home.state,
    undo: () => ({ days: config().undo.days, bytes: config().undo.megabytes * 1024 * 1024 }),
    settings: {
      containment, toolchains, hide, never: [home.state, home.config],
      get outside() {
        return outsideRule(config().outside);
      },
      limits: {
        ...LIMITS,
        // Each run asks for its own time; the ceiling is what the person configured, if anything.
        time: limits.seconds === undefined ? LONGEST_RUN : limits.seconds * 1000,
        ...(limits.outputBytes === undefined ? {} : { output: limits.outputBytes }),
        ...(limits.processes === undefined ? {} : { processes: limits.processes }),
        ...(limits.memoryBytes === undefined ? {} : { memory: limits.memoryBytes }),
        ...(limits.diskBytes === undefined ? {} : { disk: limits.diskBytes }),
      },
    },
    ask: (action, body, signal, onEvent) => models.ask(action, body, signal, (event) => {
      onEvent(event);
      // While the model thinks, this thread has time.
      if (event.type === 'sent') warm();
    }),
  });

  const standing = new StandingRules(log);
  let finder: FileFinder | undefined;

  const orphans = await recover(log, await hands.rehearsals.recover(), hands);
  await expire(log, clock.now());
  hands.rehearsals.sweep();

  // Under the store's lock, so that two processes can't overwrite each other's change. If we crash between the file
  // and the commit, the file holds a change that isn't on record; a failure that we live to see takes it back.
  const changeConfig: Workbench['changeConfig'] = async (change, what, door) => {
    const before: Config[] = [];
    try {
      await log.commit((tx) => {
        const now = readConfig(home);
        tx.append({ type: 'config.changed', door }, { detail: canonicalBytes({ what }) });
        writeConfig(home, change(now));
        before.push(now);
      });
    } catch (error) {
      for (const former of before) writeConfig(home, former);
      throw error;
    }
  };

  const isNewcomer = (): boolean => log.store.db.prepare(`SELECT 1 FROM sessions WHERE model NOT IN ('', 'practice') LIMIT 1`).get() === undefined;

  return {
    home, version: VERSION, orphans, clock, log, hands,
    policy, own,
    budgets: { steps: budgets.steps, tokens: budgets.tokens, patience: budgets.pendingHours * 3_600_000 },
    config,
    world: (session) => ({
      profile: profileOf(store.db, session) ?? config().profile,
      sandbox,
      workspace: workspaceOf(store.db, session),
      means: (root) => hands.rehearsals.means(root),
      remote: config().remote,
      isSecret: (path) => isHidden(path, hide),
      closedUrl: isClosedUrl,
      standing: () => standing.all(),
      isSealed: (draft) => (profileOf(store.db, draft) ?? config().profile) === 'sealed',
      isWorkspace: (id, root) => isRegistered(log, id, root),
      isClosed: (path) => !isWithin(practiceRoot(home), path) && (isWithin(home.state, path) || isWithin(home.config, path)),
    }),
    toolsJson: (session) => toolsJson(offerIn({ sandbox, profile: profileOf(store.db, session) ?? config().profile })),
    endpoint: (name, session) => models.endpoint(models.named(name), (profileOf(store.db, session) ?? config().profile) === 'sealed'),
    defaultModel: () => models.defaultName(isNewcomer),
    async models() {
      const found = await models.find();
      return { lines: (await import('./execute/model-lines.ts')).modelLines(config(), found), byDefault: models.defaultAmong(found, isNewcomer) };
    },
    async addModelFile(file, name, door) {
      const pinned = await models.pin(file, name, new AbortController().signal);
      await changeConfig((now) => ({ ...now, models: [...now.models.filter((model) => model.name !== pinned.name), pinned], model: now.model ?? pinned.name }), `models: ${pinned.name}, SHA-256 ${pinned.sha256 ?? ''}`, door);
      return (await import('./execute/model-lines.ts')).fileLine(pinned, home);
    },
    changeConfig,
    async findFiles(root, question, limit) {
      finder ??= new (await import('./execute/find-files.ts')).FileFinder({ containment, limits: LIMITS, hide, never: [home.state, home.config] });
      return finder.find(root, question, limit);
    },
    async checks() {
      const [{ checkAll }, { checkRules }] = await Promise.all([import('./execute/doctor.ts'), import('./loop/policy-layers.ts')]);
      return [...(await checkAll({ home, log, config: config(), models })), ...checkRules({ log, own, version: VERSION })];
    },
    async close() {
      await hands.rehearsals.close();
      await models.close();
      await log.close();
    },
  };
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2), process.env, VERSION, (expecting) => openWorkbench(process.env, expecting));
}
