/**
 * Ownership signals from a consumer group.
 *
 *  1. `assigned` and `revoked` are told the moment a join succeeds, before anything else happens on this thread; lost ones first.
 *  2. A kept partition is not mentioned: it goes on working through rebalances. But a member that the group had let go in between (it
 *     has another id now) has kept nothing: another may have owned the partition and given it back, and what this process remembers
 *     would be told to readers as current (R5). Its partitions are revoked and assigned anew.
 *  3. `alive` is told after a join or heartbeat that succeeded, never otherwise. KafkaJS asks one thing at a time, so its request was sent
 *     after the sign before it was heard: that is as old as the sign is taken to be. (KafkaJS's own times are the wall clock's.)
 *  4. A membership that broke is begun again, after a growing wait, until it is refused for good.
 */
import type { Admin } from 'kafkajs';
import { BrokenError, OperationalError } from '../../../schemas/index.ts';
import type { Group, GroupListener, Member } from '../index.ts';
import { beginStay, type Stay, type StaySettings } from './consumer.ts';
import { describe, isRefusal, refused, unreachable } from './faults.ts';
import { memberFrom } from './membership.ts';
import type { OnEvent } from './settings.ts';
import { backOff, within } from './waiting.ts';

export interface GroupSettings extends StaySettings {
  readonly self: { readonly apiUrl: string | null; readonly programs: readonly { readonly name: string; readonly version: string }[] };
  readonly admin: Admin;
  readonly onEvent: OnEvent;
}

const firstRejoinMs = 200;
const lastRejoinMs = 5000;

/** A fresh broker makes its offsets topic first (seconds); a broker that is down at start-up is an error the operator should see. */
const joinWithinMs = 60_000;

/** An orderly leave waits for the current poll and one request (measured: 0.25–2.3 s). */
const leaveWithinMs = 2500;

/** Silence that no outage explains without an error: KafkaJS has been seen to stop without a word. In session timeouts. */
const stalledAfterSessions = 3;

export function createGroup(settings: GroupSettings): Group {
  const { groupId, topic, admin, kafka } = settings;
  let membership: Membership | undefined;
  return {
    join: async (listener) => {
      if (membership !== undefined) throw new BrokenError('GROUP_JOINED_TWICE', `the group ${groupId} was joined twice`);
      const mine = new Membership(settings, listener);
      membership = mine;
      try {
        await within(joinWithinMs, mine.firstJoin, () => unreachable(kafka.brokers, new Error(`no place in the group ${groupId}`)));
      } catch (error) {
        await mine.leave();
        throw error;
      }
    },
    members: () => listMembers(admin, groupId, topic),
    leave: async () => membership?.leave(),
  };
}

class Membership {
  readonly firstJoin: Promise<void>;
  readonly #settings: GroupSettings;
  readonly #listener: GroupListener;
  readonly #owned = new Set<number>();
  readonly #retry = backOff(firstRejoinMs, lastRejoinMs);
  readonly #watchdog: NodeJS.Timeout;
  #generation = -1;
  #memberId = '';
  /** When the last sign of membership was heard, or this stay began. */
  #lastSignMs = 0;
  #stay: Stay | undefined;
  #left = false;
  #onJoined: () => void = () => undefined;
  #onRefused: (error: Error) => void = () => undefined;

  constructor(settings: GroupSettings, listener: GroupListener) {
    this.#settings = settings;
    this.#listener = listener;
    this.firstJoin = new Promise((resolve, reject) => {
      this.#onJoined = resolve;
      this.#onRefused = reject;
    });
    this.firstJoin.catch(() => undefined);
    this.#watchdog = setInterval(() => this.#watch(), settings.sessionTimeoutMs / 2);
    this.#watchdog.unref();
    this.#begin();
  }

  async leave(): Promise<void> {
    if (this.#left) return;
    this.#stop();
    await this.#stay?.leave(leaveWithinMs);
  }

  #begin(): void {
    this.#lastSignMs = performance.now();
    this.#stay = beginStay(this.#settings, {
      self: () => ({ ...this.#settings.self, owned: [...this.#owned], generation: this.#generation }),
      joined: (partitions, memberId) => {
        this.#retry.reset();
        this.#take(new Set(partitions), memberId, this.#signed());
        this.#onJoined();
      },
      heartbeat: (generation) => {
        this.#generation = generation;
        this.#listener.alive(this.#signed());
      },
      ended: (error) => this.#ended(error),
    });
  }

  #ended(error: Error): void {
    const { groupId, onEvent } = this.#settings;
    this.#stay = undefined;
    if (isRefusal(error)) {
      const told = refused(`membership in the group ${groupId}`, error);
      this.#stop();
      this.#onRefused(told); // of no effect once joined
      this.#listener.failed(told);
      return;
    }
    onEvent('warn', 'group-membership-broke', { groupId, reason: describe(error) });
    void this.#retry.wait().then(() => {
      if (!this.#left && this.#stay === undefined) this.#begin();
    });
  }

  /** A sign was heard now; tells how long ago its request was sent at the most. */
  #signed(): number {
    const nowMs = performance.now();
    const sentAgoMs = nowMs - this.#lastSignMs;
    this.#lastSignMs = nowMs;
    return sentAgoMs;
  }

  #take(now: ReadonlySet<number>, memberId: string, sentAgoMs: number): void {
    const wasLetGo = memberId !== this.#memberId;
    this.#memberId = memberId;
    const lost = [...this.#owned].filter((partition) => wasLetGo || !now.has(partition));
    const gained = [...now].filter((partition) => wasLetGo || !this.#owned.has(partition));
    const { groupId, onEvent } = this.#settings;
    onEvent('info', 'group-joined', { groupId, owned: now.size, gained: gained.length, lost: lost.length });
    this.#revoke(lost);
    this.#listener.alive(sentAgoMs);
    for (const partition of gained) {
      this.#owned.add(partition);
      this.#listener.assigned(partition);
    }
  }

  #revoke(partitions: Iterable<number>): void {
    for (const partition of [...partitions]) {
      this.#owned.delete(partition);
      this.#listener.revoked(partition);
    }
  }

  #stop(): void {
    this.#left = true;
    clearInterval(this.#watchdog);
    this.#revoke(this.#owned);
  }

  #watch(): void {
    const { groupId, onEvent, sessionTimeoutMs } = this.#settings;
    const silentMs = performance.now() - this.#lastSignMs;
    if (this.#stay === undefined || silentMs < stalledAfterSessions * sessionTimeoutMs) return;
    onEvent('warn', 'group-stalled', { groupId, silentMs: Math.round(silentMs) });
    this.#stay.drop();
    this.#begin();
  }
}

/** A rebalance is over in less than this, or something is wrong. */
const membersWithinMs = 5000;

/**
 * The members of the group, as its coordinator knows them; none when there is no such group. Waits for a rebalance to end.
 * @throws OperationalError `GROUP_REBALANCING` (retryable), `BROKER_UNREACHABLE`
 */
export async function listMembers(admin: Admin, groupId: string, topic: string): Promise<readonly Member[]> {
  const retry = backOff(50, 400);
  const startedMs = performance.now();
  let cause: unknown;
  do {
    try {
      const [group] = (await admin.describeGroups([groupId])).groups;
      if (group === undefined || group.state === 'Empty' || group.state === 'Dead') return [];
      if (group.state === 'Stable') return group.members.map((member) => memberFrom(topic, member.memberMetadata, member.memberAssignment));
    } catch (error) {
      if (isRefusal(error)) throw refused(`asking for the members of the group ${groupId}`, error);
      cause = error;
    }
    await retry.wait();
  } while (performance.now() - startedMs < membersWithinMs);
  throw new OperationalError('GROUP_REBALANCING', `the members of the group ${groupId} are not known at this moment`, {
    retryable: true,
    cause,
  });
}
