/** What goes wrong in a run, how often, and a count of each: a batch of runs in which a kind never happened has proved nothing about it. */
import type { Random } from './random.ts';

export const faultKinds = [
  // The history log
  'append: ack lost',
  'append: late',
  'append: lost',
  'append: swallowed',
  'append: refused',
  'append: refused in mid-split',
  'commit split',
  'commit torn by a higher claim',
  'gap before a commit',
  'zombie append',
  'claim late',
  'claim lost to another',
  'fact void',
  'void fact swept',
  'noise: control record',
  'noise: strange tombstone',
  'compaction',
  'compaction during a restore',
  'tombstone expired',
  // Ownership
  'two owners at once',
  'process crashed',
  'process frozen',
  'process asleep longer than tombstones live',
  'program missing in a process',
  'process stopped gracefully',
  'partition revoked',
  // Clocks
  'clock jump: minutes',
  'clock jump: days',
  'clock set back',
  // The cache
  'cache deleted',
  'cache corrupt',
  'cache lost its tail',
  'cache of another time',
  'cache of another time with timers',
  'cache of another worker',
  'cache too old',
  'cache write late',
  'cache read late',
  'room for one instance',
  'room for no run',
  // Activities
  'activity never ended',
  'activity ran again',
  'activity result late',
  // Commands and messages
  'command repeated',
  'command misrouted',
  'command undecodable',
  'command log: marker of a foreign transaction',
  'command refused',
  'commands trimmed',
  'client send: unknown',
  'client send: late',
  'client send: lost',
  'client send: doubled',
  'message send: unknown',
  'message send: late',
  'message send: lost',
  'message send: doubled',
  'message dropped as a repeat',
  'instance stalled',
  // Lives
  'timer due while nobody owned',
  'timer fired while suspended',
  'suspended',
  'terminated',
  'canceled',
  'child failed',
  'instance replaced',
  'continued as new',
  'events carried over',
  'execution swept',
  'event swept',
  'event raised again',
] as const;

export type FaultKind = (typeof faultKinds)[number];
export type FaultCounts = Record<FaultKind, number>;

export function noFaults(): FaultCounts {
  return Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as FaultCounts;
}

/** Some seeds are quiet in one way and wild in another: rare things need their neighbours not to happen all the time. */
const intensities = [0, 0.4, 1, 1, 2.5];

export class Faults {
  readonly counts: FaultCounts = noFaults();
  /** No fault happens from here on. */
  calm = false;
  readonly #random: Random;
  readonly #intensities = new Map<string, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Something happened by itself. */
  note(kind: FaultKind): void {
    this.counts[kind]++;
  }

  /** Whether to let `kind` happen now; counts it if so. */
  strikes(kind: FaultKind, probability: number): boolean {
    if (this.calm || !this.#random.chance(probability * this.intensityOf(kind))) return false;
    this.counts[kind]++;
    return true;
  }

  /** How wild this seed is in what `group` names. */
  intensityOf(group: string): number {
    const known = this.#intensities.get(group);
    if (known !== undefined) return known;
    const drawn = this.#random.pick(intensities) ?? 1;
    this.#intensities.set(group, drawn);
    return drawn;
  }
}
