/** `perdure`: definitions, the types of user code, and the errors it meets. */
export * from './define/index.ts';
export * from './values/index.ts';
