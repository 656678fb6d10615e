// What is mounted inside a workspace. Nothing is asked of the mounted file systems themselves: they may hang.
import { readFileSync } from 'node:fs';
import { isWithin } from './hidden-walk.ts';

export interface MountPoint {
  /** Relative to the root. */
  readonly path: string;
  /** As the kernel calls the file system that lies on top there. */
  readonly type: string;
}

export function mountsIn(root: string): readonly MountPoint[] {
  const found = new Map<string, string>();
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    // proc_pid_mountinfo(5): optional fields end with a dash.
    const [before = '', after = ''] = line.split(' - ');
    const point = unescape(before.split(' ')[4] ?? '');
    if (point !== root && isWithin(point, root)) found.set(point.slice(root.length + 1), after.split(' ')[0] ?? '');
  }
  return [...found].map(([path, type]) => ({ path, type }));
}

/** Blanks and the like are written in octal in there. */
function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
