// How programs are told of the proxy: each looks for it under a name of its own. A JVM has no such variable.
import { isIPv4 } from 'node:net';
import type { HostRule } from '../model/host.ts';

/** @param hosts if one of them is on this machine, `localhost` means it and not the run's own network. */
export function proxyEnvironment(port: number, hosts: readonly HostRule[]): Readonly<Record<string, string>> {
  const url = `http://127.0.0.1:${port}`;
  // Without it, a test that talks to a server which it started itself would be sent to the proxy and refused there.
  const direct = hosts.some(({ host }) => isLoopback(host)) ? '' : 'localhost,127.0.0.1,::1';
  const named = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
  return {
    ...Object.fromEntries([...named, 'npm_config_proxy', 'npm_config_https_proxy', 'YARN_HTTP_PROXY', 'YARN_HTTPS_PROXY', 'PIP_PROXY', 'CARGO_HTTP_PROXY'].map((name) => [name, url])),
    NO_PROXY: direct,
    no_proxy: direct,
    npm_config_noproxy: direct,
    NODE_USE_ENV_PROXY: '1',
    // Comes before what the workspace's own repository says.
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.proxy',
    GIT_CONFIG_VALUE_0: url,
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
