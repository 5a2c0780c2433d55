export * from './errors.ts';
export * from './ids.ts';
export type * from './records.ts';
export type * from './api.ts';
