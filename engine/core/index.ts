export type { EventTaken, TimerTime, TurnAction } from './actions.ts';
export { decideCommand } from './decide.ts';
export type { Decision, Given, Outcome } from './decision.ts';
export { decideDueTimer, decideTaskResult, type DueTimer, type TaskOutcome, type TaskResult } from './inputs.ts';
export {
  evolve,
  idsKeptFrom,
  isReady,
  isTerminal,
  runtimeStatus,
  type EndStatus,
  type InstanceState,
  type Life,
  type OpenTask,
} from './instance.ts';
export {
  answerKeptMs,
  bufferedEventBytesMax,
  bufferedEventsMax,
  eventIdsKept,
  historyEventsMax,
  historyEventsWarn,
  tasksPerTurnMax,
  turnPayloadBytesMax,
} from './limits.ts';
export { countOf, rangesOf, without } from './ranges.ts';
export { decideTurn, turnTime, type Turn, type TurnGiven } from './turn.ts';
export {
  emptyPartition,
  foldRecord,
  progressOf,
  restartPosition,
  type ClosedFact,
  type FoldRecord,
  type FoldSink,
  type Marks,
  type PartitionState,
  type Tip,
} from './partition.ts';
export { compareVersions } from './version.ts';
