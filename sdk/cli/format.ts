/** How things look on a terminal. Pure: values in, text out. */
import type { OrchestrationState } from '../client/index.ts';
import type { Failure } from './failures.ts';

/** One line, whatever is in it: `error CODE: message. Cure: …`. */
export function errorLine(failure: Pick<Failure, 'code' | 'message' | 'cure'>): string {
  const cure = failure.cure === undefined ? '' : ` Cure: ${sentence(failure.cure)}`;
  return `error ${failure.code}: ${sentence(failure.message)}${cure}\n`;
}

/** `250 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function elapsedText(elapsedMs: number): string {
  if (elapsedMs < 1_000) return `${String(Math.round(elapsedMs))} ms`;
  if (elapsedMs < 60_000) return `${(Math.floor(elapsedMs / 100) / 10).toFixed(1)} s`;
  const minutes = Math.floor(elapsedMs / 60_000);
  if (minutes < 60) return `${String(minutes)} min ${String(Math.floor(elapsedMs / 1_000) % 60)} s`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}

/** What a person sees while an orchestration runs, cut to the width of the terminal. */
export function progressText(state: OrchestrationState | undefined, elapsedMs: number, columns: number): string {
  const status =
    state === undefined ? 'starting' : state.stalledReason === undefined ? state.runtimeStatus : `stalled: ${state.stalledReason}`;
  const events = state === undefined ? '' : ` · ${countOf(state.historyLength, 'event')}`;
  return cut(oneLine(`${elapsedText(elapsedMs)} · ${status}${events}`), Math.max(20, columns - 1));
}

/** Everything there is to know of an instance, a line each. */
export function stateText(state: OrchestrationState): string {
  const rows: [string, string][] = [
    ['instance', state.instanceId],
    ['name', state.version === '' ? state.name : `${state.name} (version ${state.version})`],
    ['status', state.runtimeStatus],
  ];
  if (state.stalledReason !== undefined) rows.push(['stalled', state.stalledReason]);
  if ('customStatus' in state) rows.push(['custom', valueText(state.customStatus)]);
  rows.push(...timeRows(state));
  if (state.parent !== undefined) rows.push(['parent', `${state.parent.instanceId} (${state.parent.name})`]);
  if (state.generation > 1) rows.push(['generation', String(state.generation)]);
  rows.push(['events', String(state.historyLength)]);
  for (const [key, value] of Object.entries(state.tags)) rows.push(['tag', `${key}=${value}`]);
  if ('input' in state) rows.push(['input', valueText(state.input)]);
  if ('output' in state) rows.push(['output', valueText(state.output)]);
  if (state.runtimeStatus === 'Failed') rows.push(['failure', failureText(state.failureDetails)]);
  return rows.map(([label, value]) => `${label.padEnd(10)} ${oneLine(value)}\n`).join('');
}

function timeRows(state: OrchestrationState): [string, string][] {
  const rows: [string, string][] = [['created', state.createdAt.toISOString()]];
  if (state.startAt !== undefined) rows.push(['starts', state.startAt.toISOString()]);
  rows.push(['updated', state.lastUpdatedAt.toISOString()]);
  if (!('completedAt' in state)) return rows;
  const tookMs = state.completedAt.getTime() - state.createdAt.getTime();
  return [...rows, ['ended', `${state.completedAt.toISOString()} (after ${elapsedText(tookMs)})`]];
}

/** One thing that differs in a namespace's topics. */
export function problemText(problem: {
  readonly severity: string;
  readonly topic: string;
  readonly message: string;
  readonly cure: string;
}): string {
  return `${problem.severity.padEnd(7)} ${problem.topic}: ${sentence(problem.message)} Cure: ${sentence(problem.cure)}\n`;
}

/** A value as JSON, cut where it would fill the screen; nothing for no value. */
export function valueText(value: unknown): string {
  return value === undefined ? '' : cut(JSON.stringify(value), valueCharsMax);
}

const valueCharsMax = 400;

export function failureText(failure: { readonly errorType: string; readonly message: string }): string {
  return `${failure.errorType}: ${failure.message}`;
}

function countOf(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Text of others can hold line breaks and escape sequences; on a terminal neither may act. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

function sentence(text: string): string {
  const line = oneLine(text).trim();
  return /[.!?…]$/.test(line) ? line : `${line}.`;
}

function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax - 1).toWellFormed()}…`;
}
