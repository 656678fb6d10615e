// Opens the person's own browser on our own page, when `pwb start` was called at a desktop terminal.
import { spawn } from 'node:child_process';

/** Best effort: the link is printed anyway. */
export function openPage(url: string): void {
  const hasScreen = process.platform !== 'linux' || process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined;
  if (!hasScreen) return;
  const program = process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open';
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  child.once('error', () => undefined);
  child.unref();
}
