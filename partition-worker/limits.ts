/** Limits of one worker. Each bounds memory, a batch, or the time others wait. */

/** Commands held in memory a partition before its feed is paused. */
export const inboxRecordsMax: number = 10_000;
/** The same in bytes: 10,000 records of 1 MiB would not fit. */
export const inboxBytesMax: number = 32 * 1024 * 1024;

/** Inputs taken into one commit: keeps a commit's batch, and the time until its ack, small. */
export const commitInputsMax: number = 1_000;
/** Timers fired in one commit, for the same reason. */
export const commitTimersMax: number = 1_000;
/** Inputs decided between two looks at the clock. */
export const sliceInputsMax: number = 200;
/** Their bytes: what they become must be held open by every reader at once. */
export const sliceBytesMax: number = 4 * 1024 * 1024;
/** CPU time one commit may take before it stops taking inputs: other partitions of the worker wait meanwhile. */
export const commitCpuMs: number = 20;
/** Turns in one commit. */
export const commitTurnsMax: number = 1_000;
/** Turns run side by side before their facts are counted. */
export const turnsTogetherMax: number = 250;
/** Facts after which a commit takes no more turns: every reader must hold a commit open as a whole. */
export const commitFactsMax: number = 20_000;
/** Tombstones in one commit: they ride along, they must not delay answers. */
export const commitTombstonesMax: number = 500;

/** Stalled instances whose reason is kept in memory a partition. */
export const stalledReasonsMax: number = 100_000;

/** Instance states kept in memory a partition; colder ones are read from the cache. */
export const hotInstancesMax: number = 10_000;
/** A payload larger than this is not kept in memory with a hot instance; it is read from the cache. */
export const hotPayloadBytesMax: number = 4_096;

/** Long polls and answer waits a partition may hold. */
export const waitersMax: number = 20_000;
/** Answers to commands kept in memory; older ones are looked up in the cache. */
export const recentAnswersMax: number = 10_000;

/** Outbound messages of one lane in one send. */
export const laneBatchRecordsMax: number = 200;
export const laneBatchBytesMax: number = 1024 * 1024;
/** Outbound messages not yet sent through before the owner takes no more commands: the destination is down. */
export const outboundQueuedMax: number = 10_000;
/** Wait between two tries to send a lane's batch. */
export const laneRetryMs: number = 200;

/** Marks and tombstones alone cause a commit only after this, so that one commit carries many. */
export const housekeepingDelayMs: number = 200;
/** Consumed commands before the log is told it may delete them. */
export const trimEveryCommands: number = 5_000;

/** First and longest wait before a partition is taken again after trouble. */
export const retakeFirstMs: number = 50;
export const retakeLongestMs: number = 2_000;

/** Records folded and written to the cache together while restoring. */
export const restoreChunkRecords: number = 2_000;

/** Local activities running at once in a worker, unless configured. */
export const activitiesRunningMax: number = 100;

/**
 * The longest an in-process timer waits before it looks at the clock again. setTimeout takes at most 2^31-1 ms (24.8 days; beyond it fires
 * at once); an hour bounds how late a timer is after the wall clock was set forward or the machine slept.
 */
export const timerWaitMsMax: number = 3_600_000;

/** Facts of a finished execution read at once while its records are swept. */
export const executionFactsMax: number = 500;
