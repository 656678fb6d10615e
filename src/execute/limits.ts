// What a run may use. These are ceilings that the house sets, not wishes: every one of them is enforced by
// the kernel or by the watchdog (see Containment for which), and a run that goes past one is ended and told so.

export interface Limits {
  /** Wall clock, milliseconds. */
  readonly time: number;
  /** Bytes of output that are kept. More is counted and left out; past OUTPUT_CAP times as much the run is ended. */
  readonly output: number;
  /** Processes and threads alive at one time. */
  readonly processes: number;
  /** Bytes of memory of the whole tree. */
  readonly memory: number;
  /** Bytes that the workspace's file system may lose to this run, and the size of the private /tmp and home. */
  readonly disk: number;
  /** Bytes of the largest single file. */
  readonly fileSize: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

export const LIMITS: Limits = {
  time: 120_000,
  output: MIB,
  processes: 512,
  memory: 4 * GIB,
  disk: 2 * GIB,
  fileSize: 2 * GIB,
};

/** Milliseconds: the most that any door lets a run ask for. */
export const LONGEST_RUN = 86_400_000;

/** A run is ended when it writes more than this many times what is kept: a flood costs time even when it is dropped. */
export const OUTPUT_CAP = 64;

/** Files that one run may add to a file system: a disk can be full with bytes to spare. */
export const NEW_FILES = 1_000_000;
