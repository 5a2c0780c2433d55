/**
 * The sockets of one KafkaJS client, so that it can be ended for good.
 *
 * KafkaJS's `disconnect` ends nothing that is pending: a send connects again and appends later, and retries for as long as its
 * broker stays away. Cutting the wire destroys the sockets and refuses new ones; whatever still ran gives up. What was on its
 * way may have arrived all the same.
 */
import { connect, isIP, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

export interface Wire {
  readonly socket: ISocketFactory;
  isCut(): boolean;
  cut(): void;
}

const keepAliveMs = 60_000;

export function createWire(): Wire {
  const sockets = new Set<Socket>();
  let cut = false;

  function socket({ host, port, ssl, onConnect }: Parameters<ISocketFactory>[0]): Socket {
    if (cut) return refused();
    // KafkaJS hands over what the settings said, so at run time there may be no `ssl` at all.
    const secure = (ssl as typeof ssl | boolean | undefined) ?? false;
    const made =
      secure === false
        ? connect({ host, port }, onConnect)
        : connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...(secure === true ? {} : secure) }, onConnect);
    made.setKeepAlive(true, keepAliveMs);
    // KafkaJS writes its requests before a socket is connected, each of which listens for the connection: no leak, only many.
    made.setMaxListeners(0);
    sockets.add(made);
    made.once('close', () => sockets.delete(made));
    return made;
  }

  return {
    socket,
    isCut: () => cut,
    cut: () => {
      cut = true;
      // With an error: KafkaJS does not notice a socket that merely closes.
      for (const made of sockets) made.destroy(new Error('the wire was cut'));
      sockets.clear();
    },
  };
}

function refused(): Socket {
  const socket = new Socket();
  socket.destroy(new Error('the wire is cut'));
  return socket;
}
