// Names a process so that a recycled pid is not taken for it: pid and, where the system tells, its start time.
import { readFileSync } from 'node:fs';
import { systemCode } from '../model/fault.ts';

let own: string | undefined;

/** This process, as `pid:start`. `start` counts clock ticks since boot on Linux (proc(5), field 22), else 0. */
export function ownOwner(): string {
  own ??= `${process.pid}:${startOf(process.pid) ?? '0'}`;
  return own;
}

/** Does the named process still live? Anything that doesn't parse is dead. */
export function isAlive(owner: string): boolean {
  const match = /^(\d{1,10}):(\d{1,20})$/.exec(owner);
  if (!match) return false;
  const [, pid = '', start = ''] = match;
  if (start !== '0') return startOf(Number(pid)) === start;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name may hold spaces and brackets; fields count from the last bracket. State Z is dead.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
