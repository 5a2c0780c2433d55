/** Puts instances' states together from their rows: what the state row leaves out stands elsewhere, and once. */
import { isInput, OperationalError, type EventRange, type Fact, type InputFact, type InstanceId } from '../../schemas/index.ts';
import { eventIdsKept, isTerminal, type InstanceState, type OpenTask } from '../core/index.ts';
import { decodeInstance, decodeTask, type Places } from './encoding.ts';
import type { Store } from './port.ts';
import { eventIdsFrom, eventIdsPrefix, firstNumberRow, instanceRow, parseNumber, parseTaskRow, prefixEnd, tasksPrefix } from './rows.ts';

/** What the reader needs of the cache around it. */
interface Facts {
  facts(instanceId: InstanceId, executionId: InstanceState['executionId'], from: number): Promise<Fact[]>;
  events(instanceId: InstanceId, ranges: readonly EventRange[]): Promise<Fact[]>;
}

export class InstanceReader {
  private readonly store: Store;
  private readonly cache: Facts;

  constructor(store: Store, cache: Facts) {
    this.store = store;
    this.cache = cache;
  }

  async instances(ids: readonly InstanceId[]): Promise<Map<InstanceId, InstanceState>> {
    const found = new Map<InstanceId, InstanceState>();
    const rows = await this.store.getMany(ids.map(instanceRow));
    for (const [at, id] of ids.entries()) {
      const row = rows[at];
      if (row !== undefined) found.set(id, await this.complete(row));
    }
    return found;
  }

  private async complete(row: Buffer): Promise<InstanceState> {
    const { state, places } = decodeInstance(row);
    const eventIds = state.inboxNext > 1 ? await this.eventIds(state, places) : new Map<string, number>();
    if (isTerminal(state)) return { ...state, eventIds };
    const openTasks = places.tasks > 0 ? await this.openTasks(state, places) : new Map<number, OpenTask>();
    const openIds = new Map([...openTasks].map(([seq, { taskId }]) => [taskId, seq]));
    return { ...state, openTasks, openIds, unfed: await this.unfed(state, places), eventIds };
  }

  private async openTasks({ instanceId, executionId }: InstanceState, places: Places): Promise<Map<number, OpenTask>> {
    const tasks = new Map<number, OpenTask>();
    const prefix = tasksPrefix(instanceId, executionId);
    for await (const [key, value] of this.store.range(prefix, prefixEnd(prefix))) tasks.set(parseTaskRow(key).seq, decodeTask(value));
    if (tasks.size !== places.tasks) throw corrupt(instanceId, 'an open task');
    return tasks;
  }

  private async unfed({ instanceId, executionId }: InstanceState, places: Places): Promise<InputFact[]> {
    const older = places.leftOver.length > 0 ? await this.cache.events(instanceId, places.leftOver) : [];
    const own = places.unfed > 0 ? await this.cache.facts(instanceId, executionId, places.fedThrough + 1) : [];
    const unfed = [...older, ...own].filter(isInput);
    if (unfed.length !== older.length + places.unfed) throw corrupt(instanceId, 'an unfed input');
    return unfed;
  }

  /** Of this instance, not of one that it took the place of; and the newest only. */
  private async eventIds({ instanceId }: InstanceState, { idsFrom }: Places): Promise<Map<string, number>> {
    const firstNumber = await this.store.get(firstNumberRow(instanceId));
    const from = Math.max(idsFrom, firstNumber === undefined ? 0 : Number(firstNumber.toString('utf8')));
    const rows: (readonly [string, number])[] = [];
    for await (const [key, value] of this.store.range(eventIdsFrom(instanceId, from), prefixEnd(eventIdsPrefix(instanceId))))
      rows.push([value.toString('utf8'), parseNumber(key)]);
    return new Map(rows.slice(-eventIdsKept));
  }
}

function corrupt(instanceId: InstanceId, what: string): OperationalError {
  const row = instanceRow(instanceId);
  return new OperationalError('CACHE_CORRUPT', `the cache row ${row} counts ${what} that is not there`, { retryable: true });
}
