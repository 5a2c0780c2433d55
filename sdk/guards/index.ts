/** The door of `sdk/guards`: finds calls in orchestrators that a replay could not repeat. */
export { installGuards, type GuardMode, type GuardWarning } from './install.ts';
