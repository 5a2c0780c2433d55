/** Answers readers from one tenure's committed state (SEMANTICS R1, R2, R4). */
import {
  isEnd,
  OperationalError,
  type After,
  type CommandAnswer,
  type Fact,
  type HistoryPage,
  type InstanceId,
  type InstanceSnapshot,
  type WaitFor,
} from '../../schemas/index.ts';
import { isTerminal, runtimeStatus, type InstanceState } from '../../engine/core/index.ts';
import type { EndingFact } from './hot-instances.ts';
import type { Tenure } from './tenure.ts';

/** How long a read waits for the command it must come after, before it is refused as retryable. */
const afterTimeoutMs = 10_000;
export const historyPageMax: number = 500;
/** Payload of one page of history: what a reader should have to hold at once. */
const historyPageCharsMax = 4 * 1024 * 1024;

/** Waits up to `timeoutMs` for the command at `offset` to be consumed. */
export async function readAnswer(tenure: Tenure, offset: number, timeoutMs: number): Promise<CommandAnswer> {
  if (tenure.effects.spoken.commandNext <= offset && (await tenure.effects.consumed.wait(offset, timeoutMs)) === 'timed out')
    return { outcome: 'pending' };
  return await tenure.effects.answers.of(offset, tenure.effects.spoken.answersFrom);
}

/** Holds a read back until its own writes are in (read-your-writes). */
export async function waitForCommand(tenure: Tenure, after: After): Promise<void> {
  if (after === undefined) return;
  if (after.partition !== tenure.partition)
    throw new OperationalError('REQUEST_INVALID', `"after" names partition ${String(after.partition)}, the instance lives on another`, {
      retryable: false,
      cure: 'name the place of a command to the same instance, where it was forwarded to if it was',
    });
  if (tenure.effects.spoken.commandNext > after.offset) return;
  if ((await tenure.effects.consumed.wait(after.offset, afterTimeoutMs)) === 'timed out')
    throw new OperationalError('NOT_CONSUMED_YET', `the command at offset ${String(after.offset)} is not consumed yet`, {
      retryable: true,
    });
}

export async function readState(tenure: Tenure, id: InstanceId): Promise<InstanceSnapshot | undefined> {
  const state = await tenure.committed(id);
  return state === undefined ? undefined : await snapshot(tenure, state);
}

export async function readHistory(tenure: Tenure, id: InstanceId, from: number, limit: number): Promise<HistoryPage | undefined> {
  const state = await tenure.committed(id);
  if (state === undefined) return undefined;
  const eventsMax = Math.min(Math.max(1, limit), historyPageMax);
  await tenure.settled(id);
  const found = await tenure.cache.facts(id, state.executionId, Math.max(1, from), eventsMax + 1);
  const size = pageSize(found, eventsMax);
  return { events: found.slice(0, size), next: found[size]?.seq ?? null };
}

/** As many events as fit the page, and at least one: 500 events of 1 MiB would be no page. */
function pageSize(found: readonly Fact[], eventsMax: number): number {
  let chars = 0;
  for (const [at, fact] of found.entries()) {
    chars += payloadChars(fact);
    if (at === eventsMax || (at > 0 && chars > historyPageCharsMax)) return at;
  }
  return found.length;
}

function payloadChars(fact: Fact): number {
  if ('input' in fact) return fact.input?.length ?? 0;
  if ('output' in fact) return fact.output?.length ?? 0;
  if ('result' in fact) return fact.result?.length ?? 0;
  return 'payload' in fact ? (fact.payload?.length ?? 0) : 0;
}

export async function readWait(tenure: Tenure, id: InstanceId, what: WaitFor, timeoutMs: number): Promise<InstanceSnapshot | undefined> {
  const state = await tenure.committed(id);
  if (state === undefined) return undefined;
  if (reached(state, what)) return await snapshot(tenure, state);
  const woken = tenure.effects.instances.wait(id, timeoutMs, what);
  woken.catch(() => undefined);
  // A commit may have spoken between the look above and the wait; from here on none can be missed.
  const again = await tenure.committed(id);
  if (again !== undefined && reached(again, what)) tenure.effects.instances.reached(id, [what]);
  await woken;
  return await readState(tenure, id);
}

function reached(state: InstanceState, what: WaitFor): boolean {
  return what === 'start' ? runtimeStatus(state) !== 'Pending' : isTerminal(state);
}

async function snapshot(tenure: Tenure, state: InstanceState): Promise<InstanceSnapshot> {
  const { instanceId, executionId, name, version, life, createdAtMs, updatedAtMs, tags, parent, generation } = state;
  const { startAtMs, stalledReason } = heldBack(tenure, state);
  const payloads = tenure.hot.payloadsOf(instanceId);
  const input = payloads?.input !== undefined ? payloads.input : await inputOf(tenure, state);
  const end = 'endSeq' in life ? life : undefined;
  const ending = end === undefined ? undefined : (payloads?.ending ?? (await endingOf(tenure, state, end.endSeq)));
  return {
    instanceId,
    executionId,
    name,
    version,
    runtimeStatus: runtimeStatus(state),
    createdAtMs,
    lastUpdatedAtMs: updatedAtMs,
    completedAtMs: end?.endedAtMs ?? null,
    input,
    output: ending === undefined || ending.kind === 'InstanceFailed' ? null : ending.output,
    failure: ending?.kind === 'InstanceFailed' ? ending.failure : null,
    customStatus: state.customStatus,
    tags,
    parent,
    generation,
    startAtMs,
    historyLength: state.lastSeq,
    stalledReason,
  };
}

/** What an instance waits for before it can have a turn; nothing once it is over. */
function heldBack(tenure: Tenure, state: InstanceState): Pick<InstanceSnapshot, 'startAtMs' | 'stalledReason'> {
  if (isTerminal(state)) return { startAtMs: null, stalledReason: null };
  return { startAtMs: state.startAtMs, stalledReason: tenure.turns.stalledReason(state) ?? null };
}

async function endingOf(tenure: Tenure, state: InstanceState, seq: number): Promise<EndingFact | undefined> {
  const fact = await factOf(tenure, state, seq);
  return fact !== undefined && isEnd(fact) && fact.kind !== 'ContinuedAsNew' ? fact : undefined;
}

async function inputOf(tenure: Tenure, state: InstanceState): Promise<string | null> {
  const started = await factOf(tenure, state, 1);
  return started?.kind === 'InstanceStarted' ? started.input : null;
}

async function factOf(
  tenure: Tenure,
  { instanceId, executionId }: InstanceState,
  seq: number,
): Promise<HistoryPage['events'][number] | undefined> {
  await tenure.settled(instanceId);
  const [fact] = await tenure.cache.facts(instanceId, executionId, seq, 1);
  return fact?.seq === seq ? fact : undefined;
}
