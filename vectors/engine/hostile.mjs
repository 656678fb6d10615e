// Test data: stands in for the inference library after an attacker's weights have taken it over. It tries to get
// out of the sandbox, and says what it got in the one way it has: the words of its failure.
import { fstatSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { spawnSync } from 'node:child_process';

const { secret, port, victims } = JSON.parse(readFileSync(new URL('./targets.json', import.meta.url), 'utf8'));

const attempt = (name, attack) => {
  try {
    return `${name}=${attack()}`;
  } catch (error) {
    return `${name}=refused:${error.code ?? error.message}`;
  }
};

const isFile = (fd) => {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
};

const reach = (options) => new Promise((resolve) => {
  const socket = connect(options, () => resolve('connected')).on('error', (error) => resolve(`refused:${error.code}`));
  socket.unref();
});

export async function getLlama() {
  const got = [
    attempt('secret', () => readFileSync(secret, 'utf8')),
    attempt('environment', () => Object.keys(process.env).join(',')),
    attempt('processes', () => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length),
    ...victims.map((path) => attempt('write', () => writeFileSync(path, 'owned') ?? 'written')),
    attempt('root', () => writeFileSync('/owned', 'x') ?? 'written'),
    attempt('weights', () => writeFileSync('/app/model.gguf', 'owned') ?? 'written'),
    // A descriptor open for reading can be opened again for writing, if the file's owner is let.
    ...Array.from({ length: 30 }, (_, at) => at + 3).filter((fd) => isFile(fd)).map((fd) => attempt('descriptor', () => writeFileSync(`/proc/self/fd/${fd}`, 'owned') ?? 'written')),
    attempt('namespace', () => spawnSync('/usr/bin/unshare', ['-Ur', 'true']).status === 0 ? 'made' : 'refused'),
    `network=${await reach({ port, host: '127.0.0.1' })}`,
  ];
  throw new Error(`HOSTILE ${got.join(' ')}`);
}
