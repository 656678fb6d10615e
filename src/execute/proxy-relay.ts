// The program inside the sandbox that takes connections to a port and carries them to the proxy's socket. It knows
// and decides nothing: a run that ends it, or goes to the socket itself, is no further than before.
// It is written to a file from its own text, since the sandbox sees nothing of ours but what is put there for it.

/** Where a run finds the proxy. Nothing else can listen here before it: the run's network is its own and empty. */
export const RELAY_PORT = 3128;
const INSIDE = '/run/pwb-proxy';
export const RELAY_PLACES = { socket: `${INSIDE}/socket`, program: `${INSIDE}/relay.cjs`, node: `${INSIDE}/node` } as const;

/**
 * The relay runs on its own, as no child of the command, so that one that waits for all its children ends; it dies
 * with the sandbox. The command starts when the relay listens, and takes the place of the shell.
 */
const START = [
  `[ "$(NODE_USE_ENV_PROXY=0 ${RELAY_PLACES.node} --v8-pool-size=0 ${RELAY_PLACES.program} 3>&1 >/dev/null </dev/null &)" = ready ]`,
  `|| { echo 'The way to the proxy could not be opened.' >&2; exit 125; }; exec "$@"`,
].join(' ');

/** The command with the relay in front. Exit code, signals, input and output are the command's own. */
export function behindRelay(argv: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', START, 'sh', ...argv];
}

/** @param most connections at one time. */
export function relayText(most: number): string {
  return `(${relay.toString()})(${JSON.stringify({ port: RELAY_PORT, socket: RELAY_PLACES.socket, most })});\n`;
}

/** INVARIANT: uses nothing from outside of its own text. */
function relay({ port, socket, most }: { readonly port: number; readonly socket: string; readonly most: number }): void {
  const { connect, createServer } = process.getBuiltinModule('node:net');
  const { closeSync, writeSync } = process.getBuiltinModule('node:fs');
  // A command that ends its process group, politely, means itself.
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => undefined);
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ path: socket, allowHalfOpen: true });
    for (const [one, other] of [[near, far], [far, near]] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.end());
      one.pipe(other);
    }
  });
  server.maxConnections = most;
  server.on('error', () => process.exit(1));
  server.listen(port, '127.0.0.1', () => {
    writeSync(3, 'ready');
    closeSync(3);
  });
}
