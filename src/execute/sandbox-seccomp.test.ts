import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seccompFilter } from './sandbox-seccomp.ts';

const ALLOW = 0x7fff0000;
const error = (errno: number): number => 0x00050000 | errno;

/** Classic BPF as the kernel runs it, for the few instructions that seccomp filters use. */
function verdict(filter: Uint8Array, call: { arch: number; number: number; args?: readonly number[] }): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.arch, true);
  (call.args ?? []).forEach((value, index) => data.setUint32(16 + 8 * index, value, true));
  const program = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  let accumulator = 0;
  for (let at = 0; ; at++) {
    assert.ok(at * 8 < filter.byteLength, 'every jump stays inside the program');
    const value = program.getUint32(at * 8 + 4, true);
    const jump = (holds: boolean): number => program.getUint8(at * 8 + (holds ? 2 : 3));
    switch (program.getUint16(at * 8, true)) {
      case 0x20:
        accumulator = data.getUint32(value, true);
        break;
      case 0x15:
        at += jump(accumulator === value);
        break;
      case 0x35:
        at += jump(accumulator >= value);
        break;
      case 0x06:
        return value;
      default:
        assert.fail('an instruction that the filter should not use');
    }
  }
}

const MACHINES = {
  x64: { arch: 0xc000003e, read: 0, mount: 165, keyctl: 250, bpf: 321, socket: 41, ioctl: 16, fallocate: 285, clone: 56 },
  arm64: { arch: 0xc00000b7, read: 63, mount: 40, keyctl: 219, bpf: 280, socket: 198, ioctl: 29, fallocate: 47, clone: 220 },
} as const;

for (const [name, { arch, ...call }] of Object.entries(MACHINES)) {
  test(`the filter for ${name} lets programs work and refuses the doors into the kernel`, () => {
    const filter = seccompFilter(name);
    assert.ok(filter !== null);
    const asked = (number: number, ...args: number[]): number => verdict(filter, { arch, number, args });
    for (const number of [call.read, call.clone, 434, 435, 437]) assert.equal(asked(number), ALLOW, `call ${number}`);
    for (const number of [call.mount, call.keyctl, call.bpf, 428, 429, 442]) assert.equal(asked(number), error(1), `call ${number}`);
    for (const number of [425, 426, 427]) assert.equal(asked(number), error(38), 'io_uring is absent');
    assert.equal(asked(call.fallocate), error(95));
    for (const family of [1, 2, 10, 16]) assert.equal(asked(call.socket, family), ALLOW, `family ${family}`);
    for (const family of [0, 3, 17, 38, 40, 44]) assert.equal(asked(call.socket, family), error(97), `family ${family}`);
    assert.equal(asked(call.ioctl, 0, 0x5401), ALLOW, 'asking whether something is a terminal');
    for (const request of [0x5412, 0x541c]) assert.equal(asked(call.ioctl, 0, request), error(1), 'typing into a terminal');
  });
}

test('calls of another machine, and those with the other kind of numbers, are refused', () => {
  const filter = seccompFilter('x64');
  assert.ok(filter !== null);
  assert.equal(verdict(filter, { arch: 0x40000003, number: 3 }), error(38));
  assert.equal(verdict(filter, { arch: 0xc000003e, number: 0x40000000 + 165 }), error(38));
});

test('a machine without a filter of its own is told so', () => {
  assert.equal(seccompFilter('riscv64'), null);
});
