/**
 * Activities under a virtual clock: while one runs, something may still happen without time passing, so that nothing is settled. It can
 * step aside in two ways only, which are known here: it sleeps, or it waits for the test.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ActivityHost } from '../../engine/program/index.ts';
import { never, type Life } from './life.ts';

interface ActivityRun {
  readonly life: Life;
  readonly name: string;
  leave: () => void;
  /** How many waits it is in at once. */
  waits: number;
}

const running = new AsyncLocalStorage<ActivityRun>();

/** Meters what the host runs. Of a dead life no activity goes on from a wait, and no result is heard. */
export function meteredHost(life: Life, host: ActivityHost): ActivityHost {
  return {
    concurrencyOf: (name) => host.concurrencyOf(name),
    run: async (task, signal) => {
      const run: ActivityRun = { life, name: task.name, leave: () => undefined, waits: 0 };
      comeBack(run);
      try {
        const outcome = await running.run(run, () => host.run(task, signal));
        return life.isDead ? await never() : outcome;
      } finally {
        run.leave();
      }
    },
  };
}

/** Waits for `answer` with the activity that asks counted as idle, if an activity does. */
export async function aside<T>(answer: Promise<T>): Promise<T> {
  const run = running.getStore();
  if (run === undefined) return await answer;
  if (run.waits++ === 0) run.leave();
  try {
    return await answer;
  } finally {
    if (run.life.isDead) await never();
    if (--run.waits === 0) comeBack(run);
  }
}

function comeBack(run: ActivityRun): void {
  run.leave = run.life.meter.enter(`activity ${run.name}`);
}

/** A place where activities wait for the test. */
export interface Gate<T> {
  /** For the activity: resolves or rejects as the test says. */
  wait(): Promise<T>;
  /** How many wait now. */
  readonly waiting: number;
  /** Lets all pass that wait, and all that come. */
  open(value: T): void;
  /** Lets the one pass that has waited longest. @throws RangeError when none waits. */
  pass(value: T): void;
  /** The one that has waited longest fails. @throws RangeError when none waits. */
  fail(error: unknown): void;
}

interface Waiting<T> {
  /** Of the activity that waits, if it is one. */
  readonly life: Life | undefined;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

export function createGate<T>(): Gate<T> {
  let waiting: Waiting<T>[] = [];
  let opened: { readonly value: T } | undefined;
  /** Who died waiting waits no more. */
  const living = (): Waiting<T>[] => (waiting = waiting.filter(({ life }) => life?.isDead !== true));
  const first = (): Waiting<T> => {
    const found = living().shift();
    if (found === undefined) throw new RangeError('nobody waits at the gate');
    return found;
  };
  return {
    wait: () => {
      if (opened !== undefined) return Promise.resolve(opened.value);
      const life = running.getStore()?.life;
      return aside(new Promise<T>((resolve, reject) => waiting.push({ life, resolve, reject })));
    },
    get waiting() {
      return living().length;
    },
    open: (value) => {
      opened = { value };
      for (const { resolve } of living().splice(0)) resolve(value);
    },
    pass: (value) => {
      first().resolve(value);
    },
    fail: (error) => {
      first().reject(error);
    },
  };
}
