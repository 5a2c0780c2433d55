/**
 * What is patched, and how. Every replacement is a Proxy, so that properties of a function (`util.promisify.custom`), its name, its
 * prototype and `instanceof` are those of the original. Code that took a function aside before the patch keeps the original.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { isWaitTask } from '../context/index.ts';

/** Throws, or not, for a guarded call; `cure` is what to use instead. */
export type Guard = (call: string, cure: string) => void;

/** Patches all; gives what puts everything back. */
export function patchGlobals(guard: Guard): () => void {
  const undo: (() => void)[] = [patchDate(guard), patchPromise('race', guard), patchPromise('any', guard)];
  for (const { holder, keys, cure } of guardedCalls()) {
    for (const key of keys) {
      const call = `${holder.name}${key}()`;
      undo.push(patch(holder.object, key, (original) => passing(original, () => guard(call, cure))));
    }
  }
  // `import { randomUUID } from 'node:crypto'` is a binding of its own, which Node updates only when asked.
  syncBuiltinESMExports();
  return () => {
    for (const putBack of undo.reverse()) putBack();
    syncBuiltinESMExports();
  };
}

interface GuardedCalls {
  readonly holder: { readonly name: string; readonly object: object };
  readonly keys: readonly string[];
  readonly cure: string;
}

function guardedCalls(): readonly GuardedCalls[] {
  const webCrypto: object = prototypeOf(globalThis.crypto);
  const secrets = 'ctx.random(), or an activity for secrets';
  const clock = 'ctx.currentUtcDateTime';
  const timer = 'ctx.createTimer(…)';
  return [
    { holder: { name: 'Date.', object: Date }, keys: ['now'], cure: clock },
    { holder: { name: 'performance.', object: prototypeOf(performance) }, keys: ['now'], cure: clock },
    { holder: { name: 'Math.', object: Math }, keys: ['random'], cure: 'ctx.random()' },
    { holder: { name: 'crypto.', object: webCrypto }, keys: ['randomUUID'], cure: 'ctx.newGuid()' },
    { holder: { name: 'crypto.', object: crypto }, keys: ['randomUUID'], cure: 'ctx.newGuid()' },
    { holder: { name: 'crypto.', object: webCrypto }, keys: ['getRandomValues'], cure: secrets },
    { holder: { name: 'crypto.', object: crypto }, keys: ['randomBytes', 'randomInt', 'randomFillSync', 'randomFill'], cure: secrets },
    { holder: { name: '', object: globalThis }, keys: ['setTimeout', 'setInterval', 'setImmediate'], cure: timer },
    { holder: { name: '', object: timers }, keys: ['setTimeout', 'setInterval', 'setImmediate'], cure: timer },
    { holder: { name: 'timers/promises ', object: timersPromises }, keys: ['setTimeout', 'setInterval', 'setImmediate'], cure: timer },
    { holder: { name: '', object: globalThis }, keys: ['fetch'], cure: 'an activity' },
  ];
}

/** `new Date()` and `Date()` tell the time, `new Date(0)` does not. */
function patchDate(guard: Guard): () => void {
  const cure = 'ctx.currentUtcDateTime';
  let guarded: unknown;
  const putBack = patch(globalThis, 'Date', (original) => {
    guarded = new Proxy(original, {
      construct(target, args, newTarget) {
        if (args.length === 0) guard('new Date()', cure);
        return Reflect.construct(target, args, newTarget) as object;
      },
      apply(target, self, args) {
        guard('Date()', cure);
        return Reflect.apply(target, self, args) as unknown;
      },
    });
    return guarded;
  });
  // So that `date.constructor === Date` stays true.
  const putBackConstructor = patch(Date.prototype, 'constructor', () => guarded);
  return () => {
    putBackConstructor();
    putBack();
  };
}

/** A wait for an event that lost a native race stays armed, and takes the next event for nobody (SEMANTICS E2). */
function patchPromise(key: 'race' | 'any', guard: Guard): () => void {
  return patch(
    Promise,
    key,
    (original) =>
      new Proxy(original, {
        apply(target, self, args: unknown[]) {
          const [given, ...rest] = args;
          // A generator gives its promises once, so the original gets the list.
          const promises = listOf(given);
          if (Array.isArray(promises) && promises.some(isWaitTask)) guard(`Promise.${key}() of a wait for an event`, 'ctx.whenAny(…)');
          return Reflect.apply(target, self, [promises, ...rest]) as unknown;
        },
      }),
  );
}

/** What an iterable gives, as a list. What is no iterable, or fails to be one, is for the original to refuse. */
function listOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) return value;
  try {
    return [...(value as Iterable<unknown>)];
  } catch (error) {
    return {
      [Symbol.iterator]() {
        throw error;
      },
    };
  }
}

type Original = (...args: never[]) => unknown;

function passing(original: Original, before: () => void): unknown {
  return new Proxy(original, {
    apply(target, self, args) {
      before();
      return Reflect.apply(target, self, args) as unknown;
    },
  });
}

/** Replaces a function in its holder; gives what puts the original back, unless somebody else has patched over it. */
function patch(holder: object, key: string, replace: (original: Original) => unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(holder, key);
  const original: unknown = Reflect.get(holder, key);
  if (before?.configurable !== true || !isFunction(original)) return () => undefined;
  const replacement = replace(original);
  const { enumerable = false } = before;
  Object.defineProperty(holder, key, { value: replacement, enumerable, configurable: true, writable: true });
  return () => {
    if (Object.getOwnPropertyDescriptor(holder, key)?.value === replacement) Object.defineProperty(holder, key, before);
  };
}

function isFunction(value: unknown): value is Original {
  return typeof value === 'function';
}

function prototypeOf(object: object): object {
  return (Object.getPrototypeOf(object) as object | null) ?? object;
}
