import type { Group, GroupListener, Member } from '../../../engine/log/index.ts';

/** A group for logs that have one process only: its members share the partitions out by their order of joining. Heartbeats come on demand. */
export class SharedGroup {
  private readonly seats: { readonly listener: GroupListener; holds: ReadonlySet<number> }[] = [];
  private readonly partitions: number;

  constructor(partitions: number) {
    this.partitions = partitions;
  }

  member(): Group {
    let seat: (typeof this.seats)[number] | undefined;
    return {
      join: (listener) => {
        seat = { listener, holds: new Set() };
        this.seats.push(seat);
        listener.alive(0);
        this.share();
        return Promise.resolve();
      },
      members: () => Promise.resolve(this.seats.map(({ holds }): Member => ({ apiUrl: null, partitions: [...holds], programs: [] }))),
      leave: () => {
        if (seat === undefined || !this.seats.includes(seat)) return Promise.resolve();
        this.seats.splice(this.seats.indexOf(seat), 1);
        for (const partition of seat.holds) seat.listener.revoked(partition);
        this.share();
        return Promise.resolve();
      },
    };
  }

  private share(): void {
    const homes = new Map(this.seats.map((seat) => [seat, new Set<number>()]));
    for (let partition = 0; partition < this.partitions && this.seats.length > 0; partition++) {
      const seat = this.seats[partition % this.seats.length];
      if (seat !== undefined) homes.get(seat)?.add(partition);
    }
    const changes = [...homes].map(([seat, next]) => ({ seat, next, before: seat.holds }));
    for (const { seat, next } of changes) seat.holds = next;
    for (const { seat, next, before } of changes)
      for (const partition of before) if (!next.has(partition)) seat.listener.revoked(partition);
    for (const { seat, next, before } of changes)
      for (const partition of next) if (!before.has(partition)) seat.listener.assigned(partition);
  }
}
