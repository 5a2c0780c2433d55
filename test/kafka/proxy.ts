import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between clients and a broker whose advertised address is the proxy's, and gets in the way. */
export interface Proxy {
  /**
   * `pass`: hands on both ways. `swallow`: requests go through, answers are lost. `hold`: requests are kept back, to be let through
   * by `release`, even when their sender is gone.
   */
  mode: 'pass' | 'swallow' | 'hold';
  /** How long each answer is kept back, in milliseconds. */
  answerDelayMs: number;
  /** How many bytes of answers were handed on. */
  readonly answeredBytes: number;
  /** Cuts the connection in place of the n-th next answer. */
  cutAtAnswer: number;
  /** At the next answer all connections are cut, and nobody listens until `comeBack`. */
  vanishAtAnswer: boolean;
  comeBack(): Promise<void>;
  /** How many answers were cut. */
  readonly cuts: number;
  /** How many Produce requests came, as far as each came in a piece of its own. */
  readonly produceRequests: number;
  release(): void;
  close(): Promise<void>;
}

export async function startProxy(port: number, brokerPort: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let held: (() => void)[] = [];
  let cuts = 0;
  let produceRequests = 0;
  let answeredBytes = 0;
  const cutAll = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  const listen = (): Promise<void> => new Promise((listening) => server.listen(port, '127.0.0.1', listening));
  const proxy: Proxy = {
    mode: 'pass',
    answerDelayMs: 0,
    vanishAtAnswer: false,
    comeBack: listen,
    cutAtAnswer: 0,
    get answeredBytes() {
      return answeredBytes;
    },
    get cuts() {
      return cuts;
    },
    get produceRequests() {
      return produceRequests;
    },
    release: () => {
      const released = held;
      held = [];
      for (const write of released) write();
    },
    close: async () => {
      cutAll();
      await new Promise((closed) => server.close(closed));
    },
  };
  const server: Server = createServer((client) => {
    const broker = connect(brokerPort, '127.0.0.1');
    const pair = [client, broker] as const;
    pairs.add(pair);
    for (const socket of pair) socket.on('error', () => undefined);
    client.on('data', (data) => {
      // The length comes first, then the kind of request: Produce is 0.
      if (data.length >= 6 && data.readInt16BE(4) === 0) produceRequests++;
      if (proxy.mode === 'hold') held.push(() => broker.write(data));
      else broker.write(data);
    });
    broker.on('data', (data) => {
      if (proxy.mode === 'swallow') return;
      if (proxy.vanishAtAnswer) {
        proxy.vanishAtAnswer = false;
        server.close();
        cutAll();
        return;
      }
      if (proxy.cutAtAnswer > 0 && --proxy.cutAtAnswer === 0) {
        cuts++;
        for (const socket of pair) socket.destroy();
        return;
      }
      answeredBytes += data.length;
      if (proxy.answerDelayMs === 0) client.write(data);
      else setTimeout(() => client.write(data), proxy.answerDelayMs);
    });
    // What was held back may still be written to the broker after its sender has gone.
    client.on('close', () => {
      if (held.length === 0) broker.destroy();
    });
    broker.on('close', () => {
      pairs.delete(pair);
      client.destroy();
    });
  });
  await listen();
  return proxy;
}
