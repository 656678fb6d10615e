// The sandbox, from the system's packages.
import { ensurePackage } from './debian.mjs';

export const ensureBubblewrap = () => ensurePackage('bwrap', ['bubblewrap'], 'The sandbox (bubblewrap)', 'Without it nothing that starts a process is offered; the rest works.');
