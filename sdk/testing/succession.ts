/**
 * The workers of one environment, one after the other.
 *
 *  1. One change at a time: the next worker begins when nothing of the last one touches log or cache any more.
 *  2. A reading belongs to no worker: whoever is asked and dies is replaced by the next.
 *  3. Readings wait in real time only as a last resort: a test that waits for what will not happen is told by its client, as in production.
 */
import type { WorkerReads } from '../../schemas/index.ts';
import { Meter } from './meter.ts';
import type { PlannedCrash } from './faults.ts';
import { nextMacrotask, WorkerLife, type WorkerCode, type World } from './worker-life.ts';

/** Far beyond what settling takes on a busy machine, and less than most tests are given. */
const settleRealMs = 20_000;

export class Succession {
  readonly reads: WorkerReads;
  private readonly world: World;
  private readonly meter = new Meter();
  private readonly planned: Set<() => void> = new Set();
  private code: WorkerCode;
  private current: WorkerLife;
  private count = 1;
  private changesUnderWay = 0;
  /** No worker follows the current one. */
  private over = false;
  private changes: Promise<void> = Promise.resolve();
  private trouble: { readonly error: unknown } | undefined;

  constructor(world: World, code: WorkerCode) {
    this.world = world;
    this.code = code;
    this.current = this.worker();
    this.reads = {
      answer: (place, timeoutMs) =>
        this.within(
          timeoutMs,
          (reads) => reads.answer(place, Infinity),
          () => Promise.resolve({ outcome: 'pending' }),
        ),
      state: (...asked) => this.ask((reads) => reads.state(...asked)),
      history: (...asked) => this.ask((reads) => reads.history(...asked)),
      wait: (instanceId, what, timeoutMs, after) =>
        this.within(
          timeoutMs,
          (reads) => reads.wait(instanceId, what, Infinity, after),
          (reads) => reads.state(instanceId, after),
        ),
    };
  }

  async begin(): Promise<void> {
    await this.current.start();
  }

  async end(): Promise<void> {
    for (const missed of this.planned) missed();
    await this.changes;
    this.over = true;
    await this.current.stop();
    await this.world.backing.close();
  }

  /** Something that does not depend on the worker. */
  metered<T>(what: string, run: () => Promise<T>): Promise<T> {
    return this.meter.during(what, run);
  }

  async crash(cache: 'kept' | 'deleted'): Promise<void> {
    await this.replaceDead(cache);
    this.throwTrouble();
  }

  crashAt(commit: number, crash: Omit<PlannedCrash, 'happened'>): Promise<boolean> {
    return new Promise<boolean>((resolve) => {
      const missed = (): void => {
        resolve(false);
      };
      this.world.faults.plan(commit, {
        ...crash,
        happened: () => {
          this.planned.delete(missed);
          resolve(true);
        },
      });
      this.planned.add(missed);
    });
  }

  async restart(code: WorkerCode = this.code): Promise<void> {
    await this.change(async () => {
      await this.current.stop();
      this.code = code;
    });
    this.throwTrouble();
  }

  async settled(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const given = { up: false };
    const tooLong = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        given.up = true;
        reject(new Error(`not settled after ${String(settleRealMs)} ms of real time; under way: ${this.underWay}`));
      }, settleRealMs);
    });
    try {
      await Promise.race([this.settle(given), tooLong]);
    } finally {
      clearTimeout(timer);
    }
    this.throwTrouble();
    this.current.throwIfBroken();
  }

  private async settle(given: { readonly up: boolean }): Promise<void> {
    while (!given.up) {
      await this.changes;
      const { meter, died } = this.current.life;
      await Promise.race([meter.idle(), died]);
      await this.meter.idle();
      if (await this.isStill()) return;
    }
  }

  /** Looks twice, a macrotask or two apart: what microtasks and callbacks set going in between shows in the counts. */
  private async isStill(): Promise<boolean> {
    const before = this.trace;
    await nextMacrotask();
    await nextMacrotask();
    const { time, deliveries } = this.world;
    const isIdle = this.changesUnderWay === 0 && this.current.life.meter.isIdle && this.meter.isIdle && !deliveries.areUnderWay;
    return isIdle && time.nextDueMs > time.monotonicMs && this.trace === before;
  }

  private get trace(): string {
    return [this.count, this.current.life.meter.begun, this.meter.begun, this.world.time.ran].join();
  }

  private get underWay(): string {
    const parts = [this.current.life.meter.report, this.meter.report, this.world.deliveries.areUnderWay ? 'commands' : ''];
    return parts.filter((part) => part !== '').join(', ');
  }

  private worker(): WorkerLife {
    const number = this.count;
    const worker = new WorkerLife(this.world, this.code, number, (crash) => {
      void this.replaceDead(crash.cache).then(crash.happened);
    });
    return worker;
  }

  /** The worker is dead from this moment on; the answer resolves when the next one works. */
  private replaceDead(cache: 'kept' | 'deleted'): Promise<void> {
    const dying = this.current;
    dying.life.die();
    return this.change(async () => {
      await dying.kill();
      if (cache === 'deleted') await this.world.backing.deleteCache();
    });
  }

  private change(prepare: () => Promise<void>): Promise<void> {
    const change = async (): Promise<void> => {
      await prepare();
      this.count++;
      this.current = this.worker();
      await this.current.start();
    };
    this.changesUnderWay++;
    this.changes = this.changes
      .then(change)
      .catch((error: unknown) => {
        this.trouble ??= { error };
      })
      .finally(() => this.changesUnderWay--);
    return this.changes;
  }

  private throwTrouble(): void {
    if (this.trouble !== undefined) throw this.trouble.error;
  }

  private async ask<T>(question: (reads: WorkerReads) => Promise<T>): Promise<T> {
    for (;;) {
      await this.changes;
      if (this.over) throw new Error('the test environment has ended');
      const asked = this.current;
      const died = asked.life.died.then(() => undefined);
      try {
        const answer = await Promise.race([question(asked.reads).then((value) => ({ value })), died]);
        if (answer !== undefined) return answer.value;
      } catch (error) {
        if (this.current !== asked || asked.life.isDead || asked.isStopping) continue;
        asked.throwIfBroken();
        throw error;
      }
    }
  }

  private async within<T>(
    timeoutMs: number,
    question: (reads: WorkerReads) => Promise<T>,
    late: (reads: WorkerReads) => Promise<T>,
  ): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        resolve(undefined);
      }, timeoutMs);
    });
    try {
      const answer = await Promise.race([this.ask(question).then((value) => ({ value })), timeout]);
      return answer === undefined ? await this.ask(late) : answer.value;
    } finally {
      clearTimeout(timer);
    }
  }
}
