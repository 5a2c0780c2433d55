/** Binds a server to its port, or says in one line why that cannot be. */
import type { Server } from 'node:http';
import { OperationalError } from '../../schemas/index.ts';

/** @throws OperationalError `PORT_IN_USE`, `PORT_NOT_ALLOWED`, `LISTEN_FAILED`. */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => reject(listenError(cause, host, port));
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

export function urlOf(server: Server, host: string): { url: string; port: number } {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const named = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${named}:${String(port)}`, port };
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): OperationalError {
  const place = `${host}:${String(port)}`;
  if (cause.code === 'EADDRINUSE')
    return new OperationalError('PORT_IN_USE', `something else listens on ${place}`, {
      retryable: false,
      cure: 'choose another port with --port, or stop the other process',
      cause,
    });
  if (cause.code === 'EACCES')
    return new OperationalError('PORT_NOT_ALLOWED', `this user may not listen on ${place}`, {
      retryable: false,
      cure: 'choose a port above 1023',
      cause,
    });
  return new OperationalError('LISTEN_FAILED', `cannot listen on ${place} (${cause.code ?? cause.name})`, {
    retryable: false,
    cure: 'check the host and port',
    cause,
  });
}
