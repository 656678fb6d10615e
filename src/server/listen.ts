// The listening socket: 127.0.0.1 and nothing else, slow and half-sent requests timed out, and a flood of sockets
// pushes out its own oldest ones rather than the person's.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';
import { rawRefusal } from './answer.ts';
import type { Limits } from './limits.ts';
import { refuse } from './refusal.ts';
import { Sockets } from './sockets.ts';

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** Must answer, and must not throw. `proven`: to be called once the request has shown a good credential. */
export type Handler = (request: IncomingMessage, response: ServerResponse, proven: () => void) => void;

/** Port 0 takes any free one. Throws `server.port`. */
export async function listen(port: number, limits: Limits, handle: Handler): Promise<Listening> {
  const server = createServer({
    insecureHTTPParser: false,
    requireHostHeader: false, // The guard refuses a missing one in its own words.
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersWithin,
    // Of an upload. A body of any other kind has less time: see body.ts.
    requestTimeout: limits.uploadWithin,
    connectionsCheckingInterval: Math.min(1000, limits.headersWithin),
    keepAliveTimeout: 5_000,
    noDelay: true,
  });
  // 0: not cut at a number silently; headerBytes bounds them and the guard counts them.
  server.maxHeadersCount = 0;
  const sockets = new Sockets(limits.sockets);
  server.on('connection', (socket: Duplex) => sockets.add(socket));
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => handle(request, response, () => sockets.prove(request.socket));
  server.on('request', onRequest);
  // A client that asks before it sends its body hears the guard first; Node says "continue" when the body is read.
  server.on('checkContinue', onRequest);
  server.on('clientError', answerBroken);
  await bind(server, port);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Fault('server.port', 'the server has no address', 'start it again');
  return { port: address.port, close: () => close(server) };
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(portFault(error, port)));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function portFault(error: Error, port: number): Fault {
  const words = systemCode(error) === 'EADDRINUSE' ? `port ${port} of 127.0.0.1 is in use by another program` : `port ${port} of 127.0.0.1 can't be used: ${wordsOf(error)}`;
  return new Fault('server.port', words, 'choose another with `pwb start --port N`, or let the system choose with `--port 0`', { cause: error });
}

/** What isn't HTTP, comes too slowly or is too long gets an answer all the same, then the door. */
function answerBroken(error: Error, socket: Duplex): void {
  if (!socket.writable) return void socket.destroy();
  const code = systemCode(error);
  if (code === 'HPE_HEADER_OVERFLOW') socket.end(rawRefusal(refuse(431, 'request.headers', 'The headers are too large.', 'send fewer'), 'Request Header Fields Too Large'));
  else if (code === 'ERR_HTTP_REQUEST_TIMEOUT') socket.end(rawRefusal(refuse(408, 'request.slow', 'The request took too long to arrive.', 'send it at once'), 'Request Timeout'));
  else socket.end(rawRefusal(refuse(400, 'request.broken', 'This is not a request that can be read.', 'speak HTTP/1.1'), 'Bad Request'));
  // Who doesn't close its side either is not waited for.
  socket.once('finish', () => socket.destroy());
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
