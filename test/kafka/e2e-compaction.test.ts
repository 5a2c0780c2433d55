import kafkajs, { type Admin } from 'kafkajs';
import { expect, test, vi } from 'vitest';
import {
  claimKey,
  encodeHistory,
  factKey,
  progressKey,
  topicNames,
  topicSettings,
  type Claimant,
  type ExecutionId,
  type InstanceId,
} from '../../schemas/index.ts';
import type { DurableClient, HistoryEvent } from '../../sdk/client/index.ts';
import { brokers } from './broker.ts';
import { deploy } from './deployment.ts';
import { echoing, sequence } from './e2e-programs.ts';
import { foldHistory, meaningOf, type FoldedPartition } from './folded-history.ts';

const partitions = 2;

/** A cleaner without patience; what it takes is what it may take of any such log in time. */
const impatient = {
  'min.compaction.lag.ms': '0',
  'segment.ms': '500',
  'min.cleanable.dirty.ratio': '0.01',
  'delete.retention.ms': '500',
  'file.delete.delay.ms': '100',
};

/** Sets the topic's settings: those it is made with, and these on top. */
async function configure(admin: Admin, topic: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const made = Object.fromEntries(topicSettings.history.map(({ name, value }) => [name, value]));
  const configEntries = Object.entries({ ...made, ...settings }).map(([name, value]) => ({ name, value }));
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }] });
}

async function known(client: DurableClient, ids: readonly string[]): Promise<unknown[]> {
  return Promise.all(
    ids.map(async (id) => {
      const history: HistoryEvent[] = [];
      for await (const event of client.getOrchestrationHistory(id)) history.push(event);
      return { state: await client.getOrchestrationState(id), history };
    }),
  );
}

const countOf = (folded: readonly FoldedPartition[]): number => folded.reduce((sum, { records }) => sum + records, 0);

test('[L8] a log with claims, zombies and repeats folds the same before and after real compaction, tombstones gone, and a worker without cache has the same states', async () => {
  await using deployment = await deploy({ brokers: brokers(), partitions });
  const { client, namespace } = deployment;
  const { history } = topicNames(namespace);
  const ids = Array.from({ length: 30 }, (_, at) => `kept-${String(at)}`);

  // Owners that die and follow one another, repeated and refused starts.
  let worker = await deployment.start('0');
  for (let owner = 1; owner <= 3; owner++) {
    for (const id of ids.slice((owner - 1) * 10, owner * 10)) {
      const options = { instanceId: id, commandId: `start ${id}` };
      await client.scheduleNewOrchestration(sequence, { seed: id, delayMs: 30 }, options);
      await client.scheduleNewOrchestration(sequence, { seed: id, delayMs: 30 }, options);
      await expect(client.scheduleNewOrchestration(echoing, 'no', { instanceId: id })).rejects.toMatchObject({
        code: 'INSTANCE_ALREADY_EXISTS',
      });
    }
    await worker.end('SIGKILL');
    worker = await deployment.start(String(owner));
  }
  for (const id of ids)
    expect(await client.waitForOrchestrationCompletion(id)).toMatchObject({ runtimeStatus: 'Completed', output: `${id}12345` });

  const kafka = new kafkajs.Kafka({ brokers: brokers(), logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  try {
    const untouched = await known(client, ids);
    expect(await worker.end('SIGTERM')).toBe(0);
    // What fenced owners may still have had on its way: a claim that comes too late, a commit, a tombstone for what nobody counts.
    await zombie(producer, history, await foldHistory(brokers(), namespace));
    worker = await deployment.start('last');
    await vi.waitFor(() => fetch(`${worker.apiUrl}/v1/ready`).then((ready) => expect(ready.ok).toBe(true)), {
      interval: 50,
      timeout: 20_000,
    });
    const before = await known(client, ids);
    expect(before).toEqual(untouched);
    // What the zombie left is swept by the next owner.
    await vi.waitFor(
      async () => {
        for (const { state, tombstones } of await foldHistory(brokers(), namespace)) {
          expect(tombstones).toBeGreaterThan(1);
          expect(state.voidKeys).toEqual(new Set());
        }
      },
      { interval: 50, timeout: 20_000 },
    );
    expect(await worker.end('SIGTERM')).toBe(0);

    const whole = await foldHistory(brokers(), namespace);
    for (const { claims, voidFacts } of whole) {
      expect(claims).toBeGreaterThan(4);
      expect(voidFacts).toBeGreaterThan(1);
    }
    await configure(admin, history, impatient);
    // The newest segment is never cleaned: something must be written after it has become old, again and again until the tombstones are gone.
    const compacted = await vi.waitFor(
      async () => {
        await touch(producer, history, whole);
        const now = await foldHistory(brokers(), namespace);
        for (const { tombstones, voidFacts } of now) expect({ tombstones, voidFacts }).toEqual({ tombstones: 0, voidFacts: 0 });
        return now;
      },
      { interval: 700, timeout: 45_000 },
    );
    expect(countOf(compacted)).toBeLessThan(countOf(whole));
    expect(compacted.map(withoutPlaces)).toEqual(whole.map(withoutPlaces));

    await configure(admin, history, {});
    worker = await deployment.start('fresh');
    expect(await known(client, ids)).toEqual(before);
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }
}, 120_000);

/** The log went on by the records that `touch` wrote; all else is the same. */
function withoutPlaces(folded: FoldedPartition): unknown {
  return { ...(meaningOf(folded) as object), position: 0 };
}

type Producer = ReturnType<kafkajs.Kafka['producer']>;

async function zombie(producer: Producer, topic: string, folded: readonly FoldedPartition[]): Promise<void> {
  for (const [partition, { state, facts }] of folded.entries()) {
    const epoch = state.epoch - 1;
    // The very next: only its writer tells that it does not count.
    const commit = state.commit + 1;
    const claimant = 'deadbeefdeadbeef' as Claimant;
    const executionId = '0123456789abcdef0123456789abcdef' as ExecutionId;
    const fact = { instanceId: 'never' as InstanceId, executionId, seq: 1, atMs: 1 };
    const body = {
      kind: 'InstanceStarted',
      ...fact,
      name: 'sequence',
      version: '',
      input: null,
      tags: [],
      commandId: 'x' as never,
      generation: 1,
      createdAtMs: 1,
      previousExecutionId: '',
      parent: null,
      startAtMs: null,
      inboxNext: 1,
      carried: [],
      carriedBytes: 0,
      customStatus: null,
    } as const;
    const live = [...facts.values()].find((each) => each.body.kind === 'InstanceStarted');
    if (live?.body.kind !== 'InstanceStarted') throw new Error('no instance lives on this partition');
    const claim = encodeHistory({ epoch, claimant, commit: 0, body: { kind: 'Claim', atMs: 1, worker: 'late' } });
    const stolen = { ...live.body, name: 'changed by a zombie' };
    const marks = { commandNext: 0, outboundLast: 0, sentThrough: [], received: [], answersFrom: 0 };
    const progress = encodeHistory({ epoch, claimant, commit, body: { kind: 'Progress', atMs: 1, ...marks } });
    await producer.send({
      topic,
      messages: [
        { partition, key: claimKey(epoch, claimant), value: claim },
        { partition, key: factKey(fact, epoch, claimant), value: encodeHistory({ epoch, claimant, commit, body }) },
        { partition, key: factKey(stolen, epoch, claimant), value: encodeHistory({ epoch, claimant, commit, body: stolen }) },
        { partition, key: progressKey(commit, epoch, claimant), value: progress },
      ],
    });
  }
}

/** Writes what changes nothing: the namespace record as it stands. */
async function touch(producer: Producer, topic: string, folded: readonly FoldedPartition[]): Promise<void> {
  for (const [partition, { state }] of folded.entries()) {
    if (state.namespace === null) throw new Error('the namespace record is missing');
    const value = encodeHistory({ epoch: 0, claimant: '0000000000000000' as Claimant, commit: 0, body: state.namespace });
    await producer.send({ topic, messages: [{ partition, key: 'n/touch', value }] });
  }
}
