/**
 * Says once that a broker cannot be reached, and once that it answers again.
 *
 * A worker has some sixty connections, which all find out, again and again: 190 lines a second in an outage were measured. Who tells
 * the same listener shares one memory.
 *
 *  1. A broker is out of reach when a connection ends before its first answer, unless we ended it; it is back at the first answer to anybody.
 *  2. Each is said at the change only.
 */
import type { Socket } from 'node:net';
import type { OnEvent } from './events.ts';

/** By broker: since when it has been out of reach. */
type OutOfReach = Map<string, number>;

const outOfReachTold = new WeakMap<OnEvent, OutOfReach>();

/** Listens to a connection that was just begun. `isOurs` tells whether its end was our doing. */
export function watchReach(socket: Socket, broker: string, isOurs: () => boolean, onEvent: OnEvent): void {
  const outOfReach = outOfReachTold.get(onEvent) ?? new Map<string, number>();
  outOfReachTold.set(onEvent, outOfReach);
  let reason = 'it hung up without an answer';
  const failed = (): void => {
    if (isOurs() || outOfReach.has(broker)) return;
    outOfReach.set(broker, performance.now());
    onEvent('warn', 'broker-unreachable', { broker, reason });
  };
  socket.once('error', (error) => {
    reason = error.message;
  });
  socket.once('close', failed);
  socket.once('data', () => {
    socket.off('close', failed);
    const sinceMs = outOfReach.get(broker);
    if (sinceMs === undefined) return;
    outOfReach.delete(broker);
    onEvent('warn', 'broker-reachable', { broker, afterMs: Math.round(performance.now() - sinceMs) });
  });
}
