export { decideStart, decideTaskResult, decideTurn, type Decision, type TaskOutcome, type TaskResult, type TurnAction } from './decide.ts';
export { evolve, isInput, isTerminal, type InputFact, type InstanceState, type Life, type OpenTask } from './instance.ts';
export { answerKeptMs, tasksPerTurnMax, turnPayloadBytesMax } from './limits.ts';
export {
  emptyPartition,
  foldRecord,
  isInstanceFact,
  progressOf,
  restartPosition,
  type ClosedFact,
  type FoldRecord,
  type FoldSink,
  type Marks,
  type PartitionState,
  type Tip,
} from './partition.ts';
