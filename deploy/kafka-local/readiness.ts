/**
 * Tells when a broker serves, by a few hand-made requests: a client library would retry on its own and hide the answer.
 * "Serves" includes the group coordinator. Its topic is made on first use, and until then clients that join a group are refused.
 */
import { connect } from 'node:net';

const answerWithinMs = 3000;

const metadataKey = 3;
const offsetFetchKey = 9;
const findCoordinatorKey = 10;

/** True when `port` knows a controller and at least `brokers` brokers. */
export async function knowsCluster(port: number, brokers: number): Promise<boolean> {
  const body = await request(port, metadataKey, 1, int32(0)).catch(() => undefined);
  if (body === undefined) return false;
  let at = 4;
  const count = body.readInt32BE(0);
  for (let n = 0; n < count; n++) {
    at += 4; // node id
    at += 2 + body.readInt16BE(at); // host
    at += 4; // port
    at += 2 + Math.max(0, body.readInt16BE(at)); // rack, nullable
  }
  return count >= brokers && body.readInt32BE(at) >= 0;
}

/** True when the coordinator of every partition of the offsets topic (there are four) answers; asking makes the topic. */
export async function coordinatorsServe(port: number): Promise<boolean> {
  // Java's hash of 'w0' … 'w3' modulo 4 is each partition once.
  const served = await Promise.all(['w0', 'w1', 'w2', 'w3'].map((group) => coordinatorServes(port, group).catch(() => false)));
  return served.every(Boolean);
}

async function coordinatorServes(port: number, group: string): Promise<boolean> {
  const found = await request(port, findCoordinatorKey, 1, Buffer.concat([text(group), Buffer.from([0])]));
  if (found.readInt16BE(4) !== 0) return false;
  let at = 6 + 2 + Math.max(0, found.readInt16BE(6)); // throttle time, error code, error message
  at += 4; // node id
  const hostLength = found.readInt16BE(at);
  const coordinatorPort = found.readInt32BE(at + 2 + hostLength);
  const offsets = await request(coordinatorPort, offsetFetchKey, 2, Buffer.concat([text(group), int32(-1)]));
  return offsets.readInt16BE(offsets.length - 2) === 0;
}

/** Sends one request and resolves with the answer's body, after the correlation id. */
function request(port: number, apiKey: number, version: number, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = Buffer.alloc(0);
    socket.setTimeout(answerWithinMs, () => socket.destroy(new Error('no answer')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed')));
    socket.on('connect', () => {
      const message = Buffer.concat([int16(apiKey), int16(version), int32(1), text('kafka-local'), body]);
      socket.write(Buffer.concat([int32(message.length), message]));
    });
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      resolve(received.subarray(8));
      socket.destroy();
    });
  });
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([int16(value.length), Buffer.from(value, 'latin1')]);
}
