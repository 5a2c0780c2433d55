export type { OwnerEnvironment } from './environment.ts';
export { notOwner } from './not-owner.ts';
export { PartitionOwner, type OwnerPhase } from './owner.ts';
export { readAnswer, readHistory, readState, readWait, waitForCommand } from './reads.ts';
export type { Tenure } from './tenure.ts';
