export { openLocalLog, type LocalDeadLetter, type LocalLog, type LocalLogOptions } from './open.ts';
export { type CompactionPolicy } from './compaction.ts';
