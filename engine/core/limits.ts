/** Limits of the engine's own rules. What limits a single value stands in `schemas/limits.ts`. */

/** More tasks from one turn than this would make one turn's commit outgrow what a takeover can hold open in memory. */
export const tasksPerTurnMax: number = 10_000;

/** The payloads of one turn's actions together: its commit is held open as a whole by whoever reads it. */
export const turnPayloadBytesMax: number = 32 * 1024 * 1024;

/** From here on `ctx.continueAsNewSuggested` is true: a replay reads the whole history of an execution. */
export const historyEventsWarn: number = 10_000;

/** An execution with more events than this fails (`HistoryTooLarge`): it should have continued as new. */
export const historyEventsMax: number = 50_000;

/** External events of one instance that nobody has read yet; a further one is refused (`INBOX_FULL`). */
export const bufferedEventsMax: number = 10_000;
export const bufferedEventBytesMax: number = 16 * 1024 * 1024;

/** Ids of an instance's newest events, kept so that raising one again changes nothing (SEMANTICS E4). */
export const eventIdsKept: number = 1_000;

/** How long a refusal or forwarding is kept for the client that asks what became of its command. */
export const answerKeptMs: number = 15 * 60 * 1000;
