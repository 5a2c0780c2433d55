/**
 * Failures (SEMANTICS T2): any thrown value becomes a record that history keeps, and that record becomes what users read.
 *
 *  1. Nothing a user throws can make this throw: getters and proxies are read under guard.
 *  2. A record, its causes included, is at most `failureBytesMax`, so that it never crowds out the facts around it; what does not fit is
 *     cut, and says so.
 *  3. All text is well-formed Unicode: the codec refuses or corrupts anything else.
 */
import { types } from 'node:util';
import { failureBytesMax, utf8Length, type FailureDetails as FailureRecord } from '../../schemas/index.ts';
import type { ErrorType, FailureDetails } from './details.ts';
import { fromPayload, toPayload } from './payload.ts';

const depthMax = 10;
/** Of an AggregateError: the first ones tell the story. */
const errorsMax = 20;
/** One part alone cannot use up the whole. */
const partBytesMax = { errorType: 256, message: 16 * 1024, stack: 8 * 1024, properties: 16 * 1024 };
/** What the codec and its field lengths add for one failure, generously. */
const overheadBytes = 64;
const messageInStackCharsMax = 1024;
const cutMark = '… [cut]';

/** Describes whatever was thrown. Never throws. */
export function toFailure(thrown: unknown): FailureRecord {
  return describe(thrown, { bytesLeft: failureBytesMax }, []);
}

/** Gives a recorded failure as users read it. */
export function fromFailure(record: FailureRecord): FailureDetails {
  return new RecordedFailure(record);
}

class RecordedFailure implements FailureDetails {
  readonly errorType: string;
  readonly message: string;
  readonly nonRetriable: boolean;
  declare readonly stack?: string;
  declare readonly cause?: FailureDetails;
  declare readonly errors?: readonly FailureDetails[];
  declare readonly properties?: Readonly<Record<string, unknown>>;

  constructor(record: FailureRecord) {
    this.errorType = record.errorType;
    this.message = record.message;
    this.nonRetriable = record.nonRetriable;
    if (record.stack !== null) this.stack = record.stack;
    if (record.cause !== null) this.cause = new RecordedFailure(record.cause);
    if (record.errors.length > 0) this.errors = record.errors.map(fromFailure);
    const properties = record.properties === null ? undefined : propertiesFrom(record.properties);
    if (properties !== undefined) this.properties = properties;
  }

  is(type: string | ErrorType): boolean {
    if (typeof type === 'string') return type === this.errorType;
    return type === Error || type.name === this.errorType;
  }
}

function propertiesFrom(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = fromPayload(text);
    return isRecord(value) ? value : undefined;
  } catch {
    // Another program wrote it; the rest of the failure is worth more than an error about its properties.
    return undefined;
  }
}

interface Budget {
  bytesLeft: number;
}

/** Lets `run` use up to this share of what is left: the last cause of ten is often the one that tells, and must find room too. */
function spend<T>(budget: Budget, share: number, run: (own: Budget) => T): T {
  const granted = Math.floor(budget.bytesLeft * share);
  const own = { bytesLeft: granted };
  const result = run(own);
  budget.bytesLeft -= granted - own.bytesLeft;
  return result;
}

function describe(thrown: unknown, budget: Budget, ancestors: readonly unknown[]): FailureRecord {
  budget.bytesLeft -= overheadBytes;
  const chain = [...ancestors, thrown];
  const errors = errorsOf(thrown);
  const levels = 1 + causesBelow(thrown, depthMax - chain.length) + (errors.length > 0 ? 1 : 0);
  return {
    nonRetriable: read(thrown, 'nonRetriable') === true,
    ...spend(budget, 1 / levels, (own) => textsOf(thrown, own)),
    cause: spend(budget, errors.length > 0 ? 1 / 2 : 1, (own) => child(read(thrown, 'cause'), own, chain)),
    errors: describeErrors(errors, budget, chain),
  };
}

function textsOf(thrown: unknown, budget: Budget): Pick<FailureRecord, 'errorType' | 'message' | 'properties' | 'stack'> {
  const errorType = take(typeOf(thrown), partBytesMax.errorType, budget);
  // Half for the message, so that one that quotes a whole response leaves room for where it happened.
  const message = spend(budget, 1 / 2, (own) => take(messageOf(thrown), partBytesMax.message, own));
  const properties = takeProperties(thrown, budget);
  const stack = stackOf(thrown);
  return { errorType, message, properties, stack: stack === null ? null : take(stack, partBytesMax.stack, budget) };
}

/** A stack begins with the message. A long one is left out here, so that the frames still fit. */
function stackOf(thrown: unknown): string | null {
  const stack = read(thrown, 'stack');
  if (typeof stack !== 'string') return null;
  const message = read(thrown, 'message');
  const at = typeof message === 'string' && message.length > messageInStackCharsMax ? stack.indexOf(message) : -1;
  return at < 0 || typeof message !== 'string' ? stack : stack.slice(0, at) + cutMark + stack.slice(at + message.length);
}

function child(thrown: unknown, budget: Budget, chain: readonly unknown[]): FailureRecord | null {
  // A cause of `null` is told from no cause only at the top; down here both mean that nothing is known.
  if (thrown === undefined || thrown === null) return null;
  if (chain.length >= depthMax || chain.includes(thrown) || budget.bytesLeft < 2 * overheadBytes) return null;
  return describe(thrown, budget, chain);
}

function causesBelow(thrown: unknown, max: number): number {
  let causes = 0;
  let cause = read(thrown, 'cause');
  for (; causes < max && cause !== undefined && cause !== null; causes++) cause = read(cause, 'cause');
  return causes;
}

function describeErrors(errors: readonly unknown[], budget: Budget, chain: readonly unknown[]): readonly FailureRecord[] {
  const kept = errors.slice(0, errorsMax);
  const records = kept.flatMap((error, at) => spend(budget, 1 / (kept.length - at + 1), (own) => child(error, own, chain) ?? []));
  if (errors.length === kept.length || budget.bytesLeft < 2 * overheadBytes) return records;
  const mark = new Error(`${String(errors.length - kept.length)} more errors ${cutMark}`);
  return [...records, { ...describe(mark, budget, chain), stack: null }];
}

function errorsOf(thrown: unknown): readonly unknown[] {
  const errors = read(thrown, 'errors');
  return Array.isArray(errors) && isError(thrown) ? errors : [];
}

const builtInNames: ReadonlySet<string> = new Set([
  '',
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
]);

function typeOf(thrown: unknown): string {
  if (!isError(thrown)) return 'ThrownValue';
  const name = read(thrown, 'name');
  if (typeof name === 'string' && (!builtInNames.has(name) || hasOwnName(thrown))) return name;
  // `class CardDeclined extends Error {}` inherits the name 'Error'; its class says more.
  const className = read(read(thrown, 'constructor'), 'name');
  return typeof className === 'string' && className !== '' ? className : 'Error';
}

function hasOwnName(error: object): boolean {
  try {
    return Object.hasOwn(error, 'name');
  } catch {
    return false;
  }
}

function messageOf(thrown: unknown): string {
  const message = read(thrown, 'message');
  if (typeof message === 'string') return message;
  try {
    const text: unknown = typeof thrown === 'object' && thrown !== null ? JSON.stringify(thrown) : String(thrown);
    return typeof text === 'string' ? text : 'an object that has no JSON form was thrown';
  } catch {
    return 'a value that cannot be shown was thrown';
  }
}

function takeProperties(thrown: unknown, budget: Budget): string | null {
  const own = read(thrown, 'properties');
  const code = read(thrown, 'code');
  const properties = { ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}), ...(isRecord(own) ? own : {}) };
  if (Object.keys(properties).length === 0) return null;
  const text = propertiesText(properties);
  const bytes = utf8Length(text);
  const kept =
    bytes <= Math.min(partBytesMax.properties, budget.bytesLeft) ? text : JSON.stringify({ cut: `${String(bytes)} bytes of properties` });
  budget.bytesLeft -= utf8Length(kept);
  return kept;
}

function propertiesText(properties: Record<string, unknown>): string {
  try {
    return toPayload(properties, 'the properties of an error') ?? '{}';
  } catch (error) {
    return JSON.stringify({ cut: read(error, 'message') });
  }
}

/** The text, or as much of it as fits its own limit and the budget, with a mark. */
function take(text: string, bytesMax: number, budget: Budget): string {
  const limit = Math.max(0, Math.min(bytesMax, budget.bytesLeft));
  const taken = cut(text.toWellFormed(), limit);
  budget.bytesLeft -= utf8Length(taken);
  return taken;
}

function cut(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax || utf8Length(text) <= bytesMax) return text;
  const room = bytesMax - utf8Length(cutMark);
  if (room < 0) return '';
  let bytes = 0;
  let at = 0;
  for (const character of text) {
    bytes += utf8Length(character);
    if (bytes > room) break;
    at += character.length;
  }
  return text.slice(0, at) + cutMark;
}

function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A property of anything, or undefined when it has none or reading it throws. */
function read(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
