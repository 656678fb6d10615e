// The system calls that a run is refused: doors into the kernel that no build or test needs. A denylist on top
// of namespaces and dropped capabilities, not instead of them. Format: classic BPF as of Linux' seccomp(2).

interface Machine {
  /** AUDIT_ARCH_*: a 32-bit program on a 64-bit kernel has other numbers, so it is refused as a whole. */
  readonly arch: number;
  readonly refused: readonly number[];
  readonly absent: readonly number[];
  readonly ioctl: number;
  readonly socket: number;
  readonly fallocate: number;
}

/** Same numbers everywhere: open_tree … fspick, mount_setattr, quotactl_fd. */
const SHARED_REFUSED = [428, 429, 430, 431, 432, 433, 442, 443];
/** io_uring_setup, _enter, _register: work by the kernel that this filter can't see. */
const SHARED_ABSENT = [425, 426, 427];

const MACHINES: { readonly [arch: string]: Machine } = {
  x64: {
    arch: 0xc000003e,
    // mount umount2 pivot_root swapon swapoff reboot init_module delete_module finit_module kexec_load kexec_file_load bpf perf_event_open
    // userfaultfd add_key request_key keyctl open_by_handle_at setns fanotify_init quotactl acct lookup_dcookie syslog vhangup iopl ioperm
    refused: [165, 166, 155, 167, 168, 169, 175, 176, 313, 246, 320, 321, 298, 323, 248, 249, 250, 304, 308, 300, 179, 163, 212, 103, 153, 172, 173, ...SHARED_REFUSED],
    absent: SHARED_ABSENT,
    ioctl: 16,
    socket: 41,
    fallocate: 285,
  },
  arm64: {
    arch: 0xc00000b7,
    refused: [40, 39, 41, 224, 225, 142, 105, 106, 273, 104, 294, 280, 241, 282, 217, 218, 219, 265, 268, 262, 60, 89, 18, 116, 58, ...SHARED_REFUSED],
    absent: SHARED_ABSENT,
    ioctl: 29,
    socket: 198,
    fallocate: 47,
  },
};

/** TIOCSTI types into the person's terminal, TIOCLINUX pastes on the console. */
const REFUSED_IOCTLS = [0x5412, 0x541c];
/** UNIX, INET, INET6, NETLINK. INVARIANT: not VSOCK (40), which no network namespace holds: it reaches the machine's host. */
const SOCKET_FAMILIES = [1, 2, 10, 16];
const X32 = 0x40000000;

const EPERM = 1;
const ENOSYS = 38;
const EOPNOTSUPP = 95;
const EAFNOSUPPORT = 97;

const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;

const AT_NUMBER = 0;
const AT_ARCH = 4;
/** Low halves of arguments on little-endian machines. */
const AT_ARGUMENT_0 = 16;
const AT_ARGUMENT_1 = 24;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

/** @returns the filter's bytes for `bwrap --seccomp`, or null on a machine that it isn't written for. */
export function seccompFilter(arch: string): Uint8Array | null {
  const machine = MACHINES[arch];
  if (machine === undefined) return null;
  const program: Instruction[] = [
    [LOAD, 0, 0, AT_ARCH],
    [IF_EQUAL, 1, 0, machine.arch],
    [RETURN, 0, 0, ERRNO | ENOSYS],
    [LOAD, 0, 0, AT_NUMBER],
    [IF_AT_LEAST, 0, 1, X32],
    [RETURN, 0, 0, ERRNO | ENOSYS],
    ...machine.refused.flatMap((number) => refuse(number, EPERM)),
    ...machine.absent.flatMap((number) => refuse(number, ENOSYS)),
    // Without fallocate every byte on disk is a byte written, which the watchdog can count; programs fall back to writing.
    ...refuse(machine.fallocate, EOPNOTSUPP),
    ...onArgument(machine.socket, AT_ARGUMENT_0, [
      ...SOCKET_FAMILIES.flatMap((family): Instruction[] => [[IF_EQUAL, 0, 1, family], [RETURN, 0, 0, ALLOW]]),
      [RETURN, 0, 0, ERRNO | EAFNOSUPPORT],
    ]),
    ...onArgument(machine.ioctl, AT_ARGUMENT_1, [...REFUSED_IOCTLS.flatMap((request) => refuse(request, EPERM)), [RETURN, 0, 0, ALLOW]]),
    [RETURN, 0, 0, ALLOW],
  ];
  return encode(program);
}

function refuse(value: number, errno: number): Instruction[] {
  return [[IF_EQUAL, 0, 1, value], [RETURN, 0, 0, ERRNO | errno]];
}

function onArgument(number: number, argument: number, body: readonly Instruction[]): Instruction[] {
  return [[IF_EQUAL, 0, body.length + 1, number], [LOAD, 0, 0, argument], ...body];
}

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(program.length * 8));
  program.forEach(([code, ifTrue, ifFalse, value], index) => {
    bytes.setUint16(index * 8, code, true);
    bytes.setUint8(index * 8 + 2, ifTrue);
    bytes.setUint8(index * 8 + 3, ifFalse);
    bytes.setUint32(index * 8 + 4, value, true);
  });
  return new Uint8Array(bytes.buffer);
}
