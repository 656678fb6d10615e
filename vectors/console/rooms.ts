// Test data: every room of the console, and how to get to it in the scene.
import type { Page } from 'playwright-core';
import { until } from './console.ts';
import type { Scene } from './scene.ts';

export interface RoomToSee {
  readonly name: string;
  path(scene: Scene): string;
  /** What a person opens in it to see the interesting part. */
  open?(page: Page): Promise<void>;
}

export const ROOMS: readonly RoomToSee[] = [
  { name: 'work', path: ({ sessions }) => `/work/${sessions.done}` },
  { name: 'work-waiting', path: ({ sessions }) => `/work/${sessions.waiting}` },
  { name: 'work-new', path: () => '/work' },
  { name: 'inbox', path: () => '/inbox' },
  { name: 'drafts', path: ({ sessions }) => `/drafts/${sessions.draft}` },
  { name: 'timeline', path: () => '/timeline' },
  { name: 'timeline-event', path: () => '/timeline/5' },
  { name: 'models', path: () => '/models' },
  { name: 'workspaces', path: () => '/workspaces' },
  { name: 'policy', path: () => '/policy' },
  { name: 'health', path: () => '/health' },
  { name: 'settings', path: () => '/settings' },
  { name: 'first-steps', path: () => '/start' },
];

/** Waits until nothing is loading and nothing moves. */
export async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await until(page, "[...document.querySelectorAll('[role=status]')].every((one) => !one.textContent.endsWith('…'))", 5000).catch(() => undefined);
  await page.waitForTimeout(150);
}
