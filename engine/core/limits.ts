/** Limits of the engine's own rules. What limits a single value stands in `schemas/limits.ts`. */

/** More tasks from one turn than this would make one turn's commit outgrow what a takeover can hold open in memory. */
export const tasksPerTurnMax: number = 10_000;

/** The payloads of one turn's actions together: its commit is held open as a whole by whoever reads it. */
export const turnPayloadBytesMax: number = 32 * 1024 * 1024;

/** How long a refusal or forwarding is kept for the client that asks what became of its command. */
export const answerKeptMs: number = 15 * 60 * 1000;
