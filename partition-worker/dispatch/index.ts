export { createActivityDispatch, type ActivityDispatch, type ActivitySession, type QueuedTask } from './activities.ts';
export { Lanes, type LanesOptions } from './lanes.ts';
