import { BrokenError } from '../../../schemas/index.ts';
import type { Group, GroupListener, Member } from '../index.ts';

/** As often as a Kafka worker's: an owner that was fenced waits for the next one (L1). */
const heartbeatMs = 300;

/** A group of one: whoever holds the directory's lock owns every partition. */
export class LocalGroup implements Group {
  readonly #partitions: readonly number[];
  readonly #self: Omit<Member, 'partitions'>;
  #listener: GroupListener | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(partitions: number, self: Omit<Member, 'partitions'>) {
    this.#partitions = Array.from({ length: partitions }, (_, partition) => partition);
    this.#self = self;
  }

  join(listener: GroupListener): Promise<void> {
    if (this.#listener !== undefined) throw new BrokenError('GROUP_DISCIPLINE', 'the group was joined twice');
    this.#listener = listener;
    listener.alive(0);
    for (const partition of this.#partitions) listener.assigned(partition);
    this.#heartbeat = setInterval(() => listener.alive(0), heartbeatMs).unref();
    return Promise.resolve();
  }

  members(): Promise<readonly Member[]> {
    return Promise.resolve([{ ...this.#self, partitions: this.#listener === undefined ? [] : this.#partitions }]);
  }

  leave(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    clearInterval(this.#heartbeat);
    if (listener !== undefined) for (const partition of this.#partitions) listener.revoked(partition);
    return Promise.resolve();
  }
}
