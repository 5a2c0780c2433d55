/** A broker in a container, where a Docker engine answers. testcontainers is loaded only then: it costs half a second. */
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { OperationalError } from '../../schemas/index.ts';
import type { LocalKafka, LocalKafkaOptions } from './local-kafka.ts';
import { freePorts } from './ports.ts';
import { coordinatorsServe, knowsCluster } from './readiness.ts';
import { brokerSettings } from './settings.ts';

const image = 'apache/kafka:4.1.1';

/** An engine that is there answers its ping in milliseconds. */
const pingWithinMs = 800;
/** Includes pulling the image. */
const startWithinMs = 180_000;
const readyWithinMs = 60_000;

/** True when a Docker engine answers, on `DOCKER_HOST` or one of the usual sockets. */
export async function dockerAnswers(): Promise<boolean> {
  const host = process.env['DOCKER_HOST'];
  if (host?.startsWith('tcp://') === true) return ping({ host: new URL(host).hostname, port: Number(new URL(host).port) });
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const sockets =
    host?.startsWith('unix://') === true
      ? [host.slice('unix://'.length)]
      : [
          '/var/run/docker.sock',
          join(homedir(), '.docker/run/docker.sock'),
          ...(runtime === undefined ? [] : [join(runtime, 'docker.sock')]),
        ];
  for (const socketPath of sockets) if (existsSync(socketPath) && (await ping({ socketPath }))) return true;
  return false;
}

/** Starts one broker in a container. Its port is the same inside and outside, so that what it advertises is true everywhere. */
export async function startContainer(options: LocalKafkaOptions): Promise<LocalKafka> {
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  const [port = 0] = options.port === undefined ? await freePorts(1) : [options.port];
  const controllerPort = port === 9093 ? 9094 : 9093;
  const place = { id: 1, port, controllerPort, advertisedPort: options.advertisedPort ?? port, dir: '/tmp/kafka' };
  const settings = brokerSettings(place, [place], {
    // Inside, the port is reached on the container's own address.
    listeners: `PLAINTEXT://0.0.0.0:${String(port)},CONTROLLER://127.0.0.1:${String(controllerPort)}`,
    ...options.settings,
  });
  const started = await new GenericContainer(image)
    .withExposedPorts({ container: port, host: port })
    .withCopyContentToContainer([{ content: settings, target: '/mnt/shared/config/server.properties' }])
    .withStartupTimeout(startWithinMs)
    .start();
  await serves(port);
  const container = (await getContainerRuntimeClient()).container.getById(started.getId());
  const stop = async (): Promise<void> => {
    await started.stop();
  };
  return {
    bootstrap: `127.0.0.1:${String(port)}`,
    kind: 'container',
    stop,
    kill: async () => {
      await container.kill({ signal: 'SIGKILL' });
    },
    restart: async () => {
      await container.start();
      await serves(port);
    },
    wipe: stop,
  };
}

async function serves(port: number): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (!((await knowsCluster(port, 1)) && (await coordinatorsServe(port)))) {
    if (Date.now() > deadline) {
      throw new OperationalError('BROKER_UNAVAILABLE', `the container's broker does not serve after ${String(readyWithinMs)} ms`, {
        retryable: true,
        cure: 'Read the container log (docker logs)',
      });
    }
    await delay(100);
  }
}

function ping(where: { socketPath: string } | { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request({ ...where, path: '/_ping', timeout: pingWithinMs }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asking.on('timeout', () => asking.destroy());
    asking.on('error', () => resolve(false));
    asking.on('close', () => resolve(false));
    asking.end();
  });
}
