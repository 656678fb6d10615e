// Test support: what a person does in the console by name and key, what a model says to it, and how a test looks at the
// effect from outside the page: at the disk, the log, and what the model was told.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';
import type { EventBody, EventType, LogEvent } from '../../src/model/event.ts';
import type { Script, Scripted, Turn } from '../dialects/scripted.ts';

/** Other work may share the machine. Milliseconds. */
export const PATIENCE = 45_000;

export type Plays = { readonly [begin: string]: readonly Turn[] };

/** A model that answers by how the last thing that was said to it begins, one turn after the other. */
export function playing(plays: Plays): Extract<Script['turns'], Function> {
  return (request) => {
    const { messages } = request as { readonly messages: readonly { readonly role: string; readonly content: string }[] };
    const at = messages.findLastIndex(({ role }) => role === 'user');
    const said = messages[at]?.content ?? '';
    const begin = Object.keys(plays).find((words) => said.includes(words));
    assert.ok(begin !== undefined, `the script has no answer to: ${said}`);
    const step = messages.slice(at).filter(({ role }) => role === 'assistant').length;
    return plays[begin]?.[step] ?? { text: 'That is all.' };
  };
}

export const write = (path: string, content: string): Turn => ({ calls: [{ name: 'write', arguments: { path, content } }] });
export const run = (command: string): Turn => ({ calls: [{ name: 'run', arguments: { command } }] });

/** Begins a conversation on the page that is open. */
export async function sayNew(page: Page, text: string): Promise<void> {
  await page.getByRole('button', { name: 'New conversation (n)' }).click();
  await page.getByRole('heading', { name: 'New conversation' }).waitFor();
  await say(page, text);
}

export async function say(page: Page, text: string): Promise<void> {
  const words = page.getByRole('textbox', { name: 'Your words', exact: true });
  await words.fill(text);
  await words.press('Enter');
}

/** The card of an action, by its title: `write a.txt`. */
export const cardOf = (scope: Page | Locator, title: string | RegExp): Locator => scope.getByRole('article', { name: typeof title === 'string' ? `: ${title}` : title });

/** Its Invoke, or what a burst made of it; a click waits until it can be pressed. */
export const invokeOf = (scope: Page | Locator): Locator => scope.getByRole('button', { name: /^Invoke( in \d+ s)?$/ });

/** It, once it can be pressed: what has only just come takes no key yet. */
export const ready = (what: Locator): Locator => what.and(what.page().locator(':enabled:not([aria-disabled=true])'));

/** As many presses of Tab as it takes to get there; too many are a fault. */
export async function tabTo(goal: Locator): Promise<void> {
  await ready(goal).waitFor();
  const page = goal.page();
  for (let presses = 0; presses < 60; presses++) {
    if ((await goal.and(page.locator(':focus')).count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`the keyboard does not get to ${String(goal)}`);
}

/** The line of what is folded; a click opens it. */
export const foldOf = (scope: Page | Locator, words: RegExp): Locator => scope.getByRole('button', { name: words });

/** Looks until it is so, and gives what it found. */
export async function eventually<T>(what: string, look: () => T | undefined | null | false | Promise<T | undefined | null | false>): Promise<T> {
  for (const end = Date.now() + PATIENCE; ;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    assert.ok(Date.now() < end, `it never came: ${what}`);
    await pause(25);
  }
}

/** All bodies of one type, the oldest first. */
export function bodies<T extends EventType>(events: readonly LogEvent[], type: T): readonly Extract<EventBody, { readonly type: T }>[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- told by its type
  return events.map(({ body }) => body).filter((body): body is Extract<EventBody, { readonly type: T }> => body.type === type);
}

/** The last request that the model got, as it came. */
export const told = (scripted: Scripted): string => scripted.requests.at(-1) ?? '';
