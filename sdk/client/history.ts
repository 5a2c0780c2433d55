/** An instance's history as users read it (SEMANTICS R2). */
import { OperationalError, type HistoryPage } from '../../schemas/index.ts';
import type { DataConverter } from '../values/index.ts';
import { historyEventOf, type HistoryEvent } from './history-events.ts';

/**
 * All events of the newest execution in order, fetched page by page as they are consumed.
 * @throws OperationalError `HISTORY_SUPERSEDED`: the instance began another execution between two pages, which has a history of its own.
 */
export async function* eventsOf(
  instanceId: string,
  page: (from: number) => Promise<HistoryPage | undefined>,
  converter: DataConverter,
): AsyncGenerator<HistoryEvent, void, undefined> {
  let execution: string | undefined;
  for (let from: number | null = 1; from !== null;) {
    const found: HistoryPage | undefined = await page(from);
    const first = found?.events[0];
    // A page was promised: without one, or with one of another execution, the rest of what was begun is gone.
    if (execution !== undefined && first?.executionId !== execution) throw superseded(instanceId);
    if (found === undefined) return;
    execution = first?.executionId;
    for (const fact of found.events) yield historyEventOf(fact, converter);
    from = found.next;
  }
}

function superseded(instanceId: string): OperationalError {
  return new OperationalError('HISTORY_SUPERSEDED', `${JSON.stringify(instanceId)} began a new execution while its history was read`, {
    retryable: true,
    cure: 'read it again from the beginning',
  });
}
