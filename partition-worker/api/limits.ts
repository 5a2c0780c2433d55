/** Limits of the HTTP API. */
import { payloadBytesMax } from '../../schemas/index.ts';

/** One long poll: short enough for any proxy's idle limit; clients renew it. */
export const pollMsMax: number = 10_000;

/**
 * JSON text inside a JSON string at most doubles (quotes and backslashes), and a raise that starts what is missing carries two payloads;
 * the rest of a command fits in the slack.
 */
export const bodyBytesMax: number = 4 * payloadBytesMax + 256 * 1024;

/** A body that is too large is still read to its end up to here, so that its sender sees the answer instead of a reset connection. */
export const discardedBytesMax: number = 16 * 1024 * 1024;

/** Items of one `POST /v1/reads`. */
export const readItemsMax: number = 1_000;

export const historyLimitDefault: number = 500;
export const historyLimitMax: number = 1_000;

/** An open stream says that it lives this often, so that a client tells a slow answer from a dead worker. */
export const heartbeatIntervalMs: number = 2_000;

/** A client that takes longer to say what it wants is not served. */
export const headersTimeoutMs: number = 10_000;
export const requestTimeoutMs: number = 30_000;
/** Longer than the pause between a client's requests; clients read it from the answer and close first. */
export const keepAliveTimeoutMs: number = 65_000;
/** Nothing moved on the connection for this long: its other end is gone or does not read. */
export const idleTimeoutMs: number = 60_000;
/** File descriptors are finite; every waiting client holds one connection, or 1,000 waits in one. */
export const connectionsMax: number = 10_000;

/** What is being answered at shutdown may finish this long. */
export const closeGraceMs: number = 1_000;
/** Short beside the second that a graceful handover may take. */
export const closeCheckIntervalMs: number = 10;
