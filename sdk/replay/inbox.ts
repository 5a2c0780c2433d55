/**
 * External events that were fed and not read, and the waits for them (SEMANTICS E1, E2).
 *
 *  1. An event is taken only by `takeNext`, one at a time: of the events that match an armed wait the one that came first; of the waits
 *     of its name that are armed, the one that was called first.
 *  2. `#ready` has an entry for the first event of every name that has both an event and an armed wait. It may have stale ones, which are
 *     dropped when they come up: neither arming nor disarming looks for anything.
 *  3. The buffer outlives the run: the next generation goes on with the same one, whatever waits in it (C1). Waits do not.
 *  4. No step costs more for more events or waits than the logarithm of their number.
 */
import type { EventRaised } from '../../schemas/index.ts';
import { Heap } from './heap.ts';

/** Names match whatever their case: NFC, then lower case without a locale. */
export function foldEventName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** Unread events by folded name, in the order in which they came. */
export class EventBuffer {
  readonly #queues = new Map<string, Queue>();

  get isEmpty(): boolean {
    return this.#queues.size === 0;
  }

  /** True when it is the only one of its name. */
  add(name: string, event: EventRaised): boolean {
    const queue = this.#queues.get(name);
    if (queue === undefined) this.#queues.set(name, { events: [event], first: 0 });
    else queue.events.push(event);
    return queue === undefined;
  }

  first(name: string): EventRaised | undefined {
    const queue = this.#queues.get(name);
    return queue?.events[queue.first];
  }

  removeFirst(name: string): void {
    const queue = this.#queues.get(name);
    if (queue === undefined) return;
    queue.first += 1;
    if (queue.first === queue.events.length) this.#queues.delete(name);
    else if (queue.first * 2 > queue.events.length) {
      queue.events.splice(0, queue.first);
      queue.first = 0;
    }
  }
}

interface Queue {
  readonly events: EventRaised[];
  first: number;
}

/** One wait as the inbox sees it. The marks are the inbox's own. */
export interface EventWait {
  readonly id: number;
  /** Folded. */
  readonly eventName: string;
  /** Read by `arm` and `disarm` only. */
  isArmed: boolean;
  isListed: boolean;
  take(event: EventRaised): void;
}

interface Waits {
  /** Armed ones, and some that are not any more. */
  readonly listed: Heap<EventWait>;
  armed: number;
}

/** An event that may be taken: the first of its name when it was listed. */
interface Ready {
  readonly number: number;
  readonly name: string;
}

export class Inbox {
  readonly buffer: EventBuffer;
  readonly #waits = new Map<string, Waits>();
  readonly #ready = new Heap(isEarlier);

  constructor(buffer: EventBuffer = new EventBuffer()) {
    this.buffer = buffer;
  }

  /** True when an event can be taken. */
  get isReady(): boolean {
    for (let ready = this.#ready.peek(); ready !== undefined; ready = this.#ready.peek()) {
      if (this.#holds(ready)) return true;
      this.#ready.pop();
    }
    return false;
  }

  add(event: EventRaised): void {
    const name = foldEventName(event.name);
    if (this.buffer.add(name, event) && this.#waits.has(name)) this.#ready.push({ number: event.number, name });
  }

  arm(wait: EventWait): void {
    if (wait.isArmed) return;
    wait.isArmed = true;
    const name = wait.eventName;
    const waits = this.#waits.get(name) ?? { listed: new Heap(isOlder), armed: 0 };
    if (waits.armed++ === 0) this.#waits.set(name, waits);
    if (!wait.isListed) waits.listed.push(wait);
    wait.isListed = true;
    const first = this.buffer.first(name);
    if (first !== undefined) this.#ready.push({ number: first.number, name });
  }

  disarm(wait: EventWait): void {
    if (!wait.isArmed) return;
    wait.isArmed = false;
    const waits = this.#waits.get(wait.eventName);
    if (waits === undefined) return;
    waits.armed -= 1;
    if (waits.armed === 0) this.#forget(wait.eventName, waits);
    else if (waits.listed.size > 2 * waits.armed + staleWaitsMax) this.#relist(waits);
  }

  /** Gives the next event to its wait; false when there is none to give. */
  takeNext(): boolean {
    if (!this.isReady) return false;
    const { name } = this.#ready.pop() ?? { name: '' };
    const event = this.buffer.first(name);
    const wait = this.#firstArmed(name);
    if (event === undefined || wait === undefined) return false;
    this.buffer.removeFirst(name);
    this.disarm(wait);
    const next = this.buffer.first(name);
    if (next !== undefined && this.#waits.has(name)) this.#ready.push({ number: next.number, name });
    wait.take(event);
    return true;
  }

  #holds({ number, name }: Ready): boolean {
    return this.#waits.has(name) && this.buffer.first(name)?.number === number;
  }

  #firstArmed(name: string): EventWait | undefined {
    const listed = this.#waits.get(name)?.listed;
    for (let wait = listed?.peek(); wait !== undefined; wait = listed?.peek()) {
      if (wait.isArmed) return wait;
      wait.isListed = false;
      listed?.pop();
    }
    return undefined;
  }

  #forget(name: string, { listed }: Waits): void {
    this.#waits.delete(name);
    for (let wait = listed.pop(); wait !== undefined; wait = listed.pop()) wait.isListed = false;
  }

  /** Waits that lost a `whenAny` and are never awaited again must not pile up behind one that is. */
  #relist(waits: Waits): void {
    const armed: EventWait[] = [];
    for (let wait = waits.listed.pop(); wait !== undefined; wait = waits.listed.pop()) {
      if (wait.isArmed) armed.push(wait);
      else wait.isListed = false;
    }
    for (const wait of armed) waits.listed.push(wait);
  }
}

function isEarlier(a: Ready, b: Ready): boolean {
  return a.number < b.number;
}

function isOlder(a: EventWait, b: EventWait): boolean {
  return a.id < b.id;
}

/** Few enough to forget about, many enough that relisting is rare. */
const staleWaitsMax = 16;
