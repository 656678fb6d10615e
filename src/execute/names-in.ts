// The names in a folder of our own that may not have been made yet.
import { readdirSync } from 'node:fs';
import { systemCode } from '../model/fault.ts';

/** None where there is no such folder. @throws the system's error for all else. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
