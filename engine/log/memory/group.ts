/**
 * The group as the broker sees it.
 *  1. `holds` is what the group decided; what a process was told may be behind it.
 *  2. With automatic assignment every membership change shares the partitions out anew, moving as few as it can; a revocation is scheduled
 *     before the assignment it makes room for, and nothing more is promised of their order.
 */
import type { Group, GroupListener, Member } from '../index.ts';
import type { Step } from './hooks.ts';

export type Assignment = 'auto' | 'manual';

interface Seat {
  readonly process: string;
  readonly self: Omit<Member, 'partitions'>;
  readonly listener: GroupListener;
  readonly holds: Set<number>;
  /** Schedules one of this process's steps; a killed process's never run. */
  readonly schedule: (kind: Step['kind'], partition: number | null, run: () => void) => void;
}

export class MemoryGroup {
  readonly #partitions: number;
  readonly #assignment: Assignment;
  readonly #seats = new Map<string, Seat>();

  constructor(partitions: number, assignment: Assignment) {
    this.#partitions = partitions;
    this.#assignment = assignment;
  }

  assign(process: string, partition: number): void {
    const seat = this.#seats.get(process);
    seat?.holds.add(partition);
    seat?.listener.assigned(partition);
  }

  revoke(process: string, partition: number): void {
    const seat = this.#seats.get(process);
    seat?.holds.delete(partition);
    seat?.listener.revoked(partition);
  }

  beat(process: string): void {
    this.#seats.get(process)?.listener.alive(0);
  }

  /** A dead process hears nothing, whatever the group still thinks of it. */
  silence(process: string): void {
    const seat = this.#seats.get(process);
    if (seat !== undefined) this.#seats.set(process, { ...seat, listener: deafListener });
  }

  /** The group notices that a process is gone. */
  expel(process: string): void {
    if (this.#seats.delete(process)) this.#share();
  }

  /** What one process uses. */
  seatFor(process: string, self: Omit<Member, 'partitions'>, schedule: Seat['schedule']): Group {
    return {
      join: (listener) =>
        new Promise((resolve, reject) => {
          schedule('joined', null, () => {
            if (this.#seats.has(process)) {
              reject(new RangeError(`${process} joined twice`));
              return;
            }
            this.#seats.set(process, { process, self, listener, holds: new Set(), schedule });
            listener.alive(0);
            this.#share();
            resolve();
          });
        }),
      members: () =>
        new Promise((resolve) => {
          schedule('members-answered', null, () => resolve(this.#members()));
        }),
      leave: () =>
        new Promise((resolve) => {
          schedule('left', null, () => {
            const seat = this.#seats.get(process);
            this.#seats.delete(process);
            for (const partition of seat?.holds ?? []) seat?.listener.revoked(partition);
            this.#share();
            resolve();
          });
        }),
    };
  }

  #members(): readonly Member[] {
    return [...this.#seats.values()].map(({ self, holds }) => ({ ...self, partitions: [...holds].sort((a, b) => a - b) }));
  }

  #share(): void {
    if (this.#assignment === 'manual' || this.#seats.size === 0) return;
    const seats = [...this.#seats.values()];
    const fair = Math.ceil(this.#partitions / seats.length);
    const free = new Set(Array.from({ length: this.#partitions }, (_, partition) => partition));
    for (const seat of seats) {
      for (const partition of [...seat.holds]) {
        if (free.delete(partition) && seat.holds.size <= fair) continue;
        free.add(partition);
        seat.holds.delete(partition);
        seat.schedule('revoked', partition, () => seat.listener.revoked(partition));
      }
    }
    for (const seat of seats) {
      for (const partition of [...free]) {
        if (seat.holds.size >= fair) break;
        free.delete(partition);
        seat.holds.add(partition);
        seat.schedule('assigned', partition, () => seat.listener.assigned(partition));
      }
    }
  }
}

const deafListener: GroupListener = {
  assigned: () => undefined,
  revoked: () => undefined,
  alive: () => undefined,
  failed: () => undefined,
};
