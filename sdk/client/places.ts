/**
 * Where this client's last command for each instance stands, so that its readings come after it (read-your-writes).
 *
 *  1. Of two places on one partition the later counts, in whatever order their answers came.
 *  2. At most `placesMax` are remembered; the longest untouched is forgotten first.
 */
import type { CommandPlace } from '../../schemas/index.ts';

/** Forgetting one costs read-your-writes for commands produced without waiting; 10,000 places are some 2 MB. */
const placesMax = 10_000;

export class Places {
  private readonly places: Map<string, CommandPlace> = new Map();

  of(instanceId: string): CommandPlace | undefined {
    return this.places.get(instanceId);
  }

  remember(instanceId: string, { partition, offset }: CommandPlace): void {
    const known = this.places.get(instanceId);
    const later = known?.partition === partition && known.offset > offset ? known : { partition, offset };
    this.places.delete(instanceId);
    this.places.set(instanceId, later);
    if (this.places.size <= placesMax) return;
    for (const oldest of this.places.keys()) {
      this.places.delete(oldest);
      return;
    }
  }
}
