// Every route of the API. What isn't here isn't served.
import type { Route } from '../route.ts';
import { actionCard, cancelAction, deny, edit, foresee, inbox, invoke } from './actions.ts';
import { doctor, health, models } from './health.ts';
import { erase, events, head, key, oneEvent, payload, verify } from './log.ts';
import { openapi } from './openapi.ts';
import { cancelSession, newSession, resume, say, session, sessions } from './sessions.ts';
import { link, signIn, signOut } from './sign-in.ts';
import { stream } from './stream.ts';
import { run, stop } from './work.ts';
import { goneWorkspace, newWorkspace, workspaces } from './workspaces.ts';

export const ROUTES: readonly Route[] = [
  health, models, doctor, openapi,
  signIn, signOut, link,
  sessions, newSession, session, say, resume, cancelSession,
  inbox, actionCard, invoke, deny, foresee, edit, cancelAction,
  run, stop,
  stream, events, oneEvent, head, key, verify,
  payload, erase,
  workspaces, newWorkspace, goneWorkspace,
];
