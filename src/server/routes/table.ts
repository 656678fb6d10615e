// Every route of the API. What isn't here isn't served.
import type { Route } from '../route.ts';
import { actionCard, actionDiff, cancelAction, copyAction, deny, edit, foresee, invoke, showAction } from './actions.ts';
import { closeDraftView, commitDraft, draft, draftDiff, drafts, dropDraft, viewDraft } from './drafts.ts';
import { doctor, health, models } from './health.ts';
import { backup, dropRestore, readyRestore, restore } from './backup.ts';
import { firstRun, practice } from './first-run.ts';
import { disk, folders } from './folders.ts';
import { inbox } from './inbox.ts';
import { history, undo } from './landings.ts';
import { erase, events, head, key, oneEvent, payload, verify, verifyProgress } from './log.ts';
import { openapi } from './openapi.ts';
import { savings, stats, why } from './policy-figures.ts';
import { replayPolicy } from './policy-replay.ts';
import { policyLayers, rulesTextOf, trustRulesOf, untrustRulesOf } from './policy-layers.ts';
import { offersPast } from './policy-offers.ts';
import { goneRule, newRule, offers, policy, testPolicy } from './policy.ts';
import { changeProfile, readProfile } from './profile.ts';
import { allServices, closePort, openPort, serviceOutput, services, stopService } from './services.ts';
import { renameSession, rewindSession, setSession } from './session-change.ts';
import { cancelSession, newSession, resume, say, session, sessions } from './sessions.ts';
import { changeSettings, goneModel, newModel, readSettings } from './settings.ts';
import { actionSides, draftSides } from './sides.ts';
import { credentialList, goneCredential, link, signIn, signOut } from './sign-in.ts';
import { stream } from './stream.ts';
import { labels, trustLabels } from './labels.ts';
import { exported, facets, request, timeline } from './timeline.ts';
import { run, stop } from './work.ts';
import { thread } from './thread.ts';
import { workspaceFiles } from './workspace-files.ts';
import { goneWorkspace, newWorkspace, workspaces } from './workspaces.ts';

export const ROUTES: readonly Route[] = [
  health, models, doctor,
  newModel, goneModel, readSettings, changeSettings, disk,
  backup, restore, readyRestore, dropRestore,
  folders, firstRun, practice, openapi,
  signIn, signOut, link, credentialList, goneCredential,
  sessions, newSession, session, thread, renameSession, setSession, say, rewindSession, resume, cancelSession,
  inbox, actionCard, actionDiff, actionSides, invoke, showAction, copyAction, deny, foresee, edit, cancelAction,
  run, stop,
  readProfile, changeProfile,
  policy, offers, offersPast, newRule, goneRule, testPolicy, policyLayers, rulesTextOf, trustRulesOf, untrustRulesOf, replayPolicy, stats, savings, why,
  drafts, draft, draftDiff, draftSides, commitDraft, dropDraft, viewDraft, closeDraftView,
  history, undo,
  labels, trustLabels,
  allServices, services, serviceOutput, stopService, openPort, closePort,
  timeline, facets, request,
  stream, events, oneEvent, head, key, verify, verifyProgress, exported,
  payload, erase,
  workspaces, newWorkspace, goneWorkspace, workspaceFiles,
];
