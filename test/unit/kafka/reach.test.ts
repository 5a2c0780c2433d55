import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { watchReach } from '../../../engine/log/kafka/reach.ts';
import type { OnEvent } from '../../../engine/log/kafka/settings.ts';

async function listening(port: number, onClient: (client: Socket) => void): Promise<Server> {
  const server = createServer(onClient);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const closed = (server: Server): Promise<unknown> => {
  server.close();
  return once(server, 'close');
};

test('an outage is said once and its end once, however many connections find out', async () => {
  const said: string[] = [];
  const onEvent: OnEvent = (level, event) => said.push(`${level} ${event}`);
  const first = await listening(0, (client) => client.end('answer'));
  const { port } = first.address() as AddressInfo;
  const attempt = async (isOurs = false): Promise<void> => {
    const socket = connect(port, '127.0.0.1');
    watchReach(socket, 'broker', () => isOurs, onEvent);
    socket.on('error', () => undefined).resume();
    await new Promise((done) => socket.once('close', done));
  };

  await attempt();
  await closed(first);
  await attempt(true);
  expect(said).toEqual([]);
  await Promise.all([attempt(), attempt(), attempt()]);
  await attempt();
  expect(said).toEqual(['warn broker-unreachable']);

  // It takes connections before it can answer: not yet back.
  const starting = await listening(port, (client) => client.destroy());
  await attempt();
  expect(said).toEqual(['warn broker-unreachable']);
  await closed(starting);

  const back = await listening(port, (client) => client.end('answer'));
  await Promise.all([attempt(), attempt()]);
  expect(said).toEqual(['warn broker-unreachable', 'warn broker-reachable']);
  await closed(back);
});
