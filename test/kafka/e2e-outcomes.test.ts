import { randomUUID } from 'node:crypto';
import kafkajs, { type Producer } from 'kafkajs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectKafkaLog } from '../../engine/log/kafka/index.ts';
import {
  commandOf,
  decodeCommand,
  decodeDeadLetter,
  encodeCommand,
  partitionOf,
  topicNames,
  topicSettings,
  type CommandAnswer,
  type CommandId,
  type CommandRequest,
} from '../../schemas/index.ts';
import { CommandRefusedError, createClient, OutcomeUnknownError, type DurableClient } from '../../sdk/client/index.ts';
import { brokers } from './broker.ts';
import { deploy, type Deployment } from './deployment.ts';
import { catches, echoing, latecomer, letsThrough, sequence, throwing } from './e2e-programs.ts';
import { foldHistory } from './folded-history.ts';
import type { WorkerProcess } from './processes.ts';

const partitions = 4;
let deployment: Deployment;
let worker: WorkerProcess;
let client: DurableClient;
/** Somebody else's producer, which knows nothing of our rules. */
let stranger: Producer;

beforeAll(async () => {
  deployment = await deploy({ brokers: brokers(), partitions });
  ({ client } = deployment);
  worker = await deployment.start('a');
  stranger = new kafkajs.Kafka({ brokers: brokers(), logLevel: kafkajs.logLevel.NOTHING }).producer();
  await stranger.connect();
});

afterAll(async () => {
  await stranger.disconnect();
  await deployment[Symbol.asyncDispose]();
});

/** Writes raw bytes to the commands; resolves with their place. */
async function produce(partition: number, key: string, value: Buffer | string): Promise<{ partition: number; offset: number }> {
  const [sent] = await stranger.send({ topic: topicNames(deployment.namespace).commands, messages: [{ key, value, partition }] });
  return { partition, offset: Number(sent?.baseOffset) };
}

async function answerOf(place: { partition: number; offset: number }): Promise<CommandAnswer> {
  const answer = await fetch(`${worker.apiUrl}/v1/commands/${String(place.partition)}/${String(place.offset)}?wait=10000`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as CommandAnswer;
}

function startOf(instanceId: string, input: string | null): CommandRequest {
  return {
    commandId: randomUUID(),
    start: { instanceId, name: 'sequence', version: '', input, tags: [], onConflict: 'error', startAtMs: null },
  };
}

const bytesOf = (request: CommandRequest): Buffer => encodeCommand(commandOf(request, Date.now()));
const steps = JSON.stringify({ seed: 'r', delayMs: 0 });
const elsewhere = (instanceId: string): number => (partitionOf(instanceId, partitions) + 1) % partitions;

test('an orchestrator that throws is Failed, with what it threw', async () => {
  const handle = await client.scheduleNewOrchestration(throwing, undefined, { instanceId: 'throws' });
  const state = await client.waitForOrchestrationCompletion(handle);
  expect(state).toMatchObject({
    runtimeStatus: 'Failed',
    failureDetails: { errorType: 'RangeError', message: 'throws is out of range', cause: { message: 'the deeper reason' } },
  });
  await expect(handle.result()).rejects.toMatchObject({ code: 'ORCHESTRATION_FAILED' });
});

test('an activity that throws fails its caller, which may catch it', async () => {
  const through = await client.scheduleNewOrchestration(letsThrough);
  expect(await client.waitForOrchestrationCompletion(through)).toMatchObject({
    runtimeStatus: 'Failed',
    failureDetails: { errorType: 'TaskFailedError', cause: { errorType: 'TypeError', message: 'cannot take this' } },
  });
  const caught = await client.scheduleNewOrchestration(catches);
  expect(await caught.result()).toEqual(['TypeError', 'cannot take that', 'went on 1']);
});

test('a refused start tells its client why', async () => {
  await client.scheduleNewOrchestration(echoing, 'first', { instanceId: 'taken' });
  const second = client.scheduleNewOrchestration(echoing, 'second', { instanceId: 'taken' });
  await expect(second).rejects.toMatchObject({ name: 'CommandRefusedError', code: 'INSTANCE_ALREADY_EXISTS', instanceId: 'taken' });
  await expect(second).rejects.toBeInstanceOf(CommandRefusedError);
  expect(await client.getOrchestration(echoing, 'taken').result()).toBe('first');
});

test('of a hundred starts of one id at once one is accepted and 99 are refused', async () => {
  const starts = Array.from({ length: 100 }, (_, at) => client.scheduleNewOrchestration(echoing, String(at), { instanceId: 'contested' }));
  const outcomes = await Promise.allSettled(starts);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'INSTANCE_ALREADY_EXISTS' });
  const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
  expect(await client.getOrchestration(echoing, 'contested').result()).toBe(String(winner));
});

test('[L7] a command on the wrong partition is forwarded, once, and its answer says where to', async () => {
  const id = 'strayed';
  const place = await produce(elsewhere(id), id, bytesOf(startOf(id, steps)));
  const home = partitionOf(id, partitions);
  const answer = await vi.waitFor(
    async () => {
      const now = await answerOf(place);
      expect(now).toMatchObject({ outcome: 'forwarded', partition: home, offset: expect.any(Number) as number });
      return now;
    },
    { interval: 20 },
  );
  if (answer.outcome !== 'forwarded' || answer.offset === null) throw new Error('not forwarded');
  expect(await answerOf({ partition: home, offset: answer.offset })).toEqual({ outcome: 'accepted' });
  expect(await client.waitForOrchestrationCompletion(id)).toMatchObject({ runtimeStatus: 'Completed', output: 'r12345' });

  // A message of that number once more, as after a takeover: it is above no mark, so it is dropped unread. (Under its own command id
  // it would be harmless anyhow; under another one the start would be refused.)
  const { commands } = topicNames(deployment.namespace);
  const forwarded = (await readAll(commands, home)).find(({ offset }) => offset === answer.offset);
  const message = decodeCommand(forwarded?.value ?? Buffer.alloc(0));
  expect(message.source).toMatchObject({ partition: elsewhere(id) });
  const again = await produce(home, id, encodeCommand({ ...message, commandId: randomUUID() as CommandId }));
  expect(await answerOf(again)).toEqual({ outcome: 'accepted' });
  const starts = (await foldHistory(brokers(), deployment.namespace))[home];
  expect([...(starts?.facts.values() ?? [])].filter(({ body }) => body.kind === 'InstanceStarted' && body.instanceId === id)).toHaveLength(
    1,
  );
});

/** All records of one partition of a topic, from a consumer of our own. */
async function readAll(topic: string, partition: number): Promise<{ offset: number; value: Buffer | null; key: Buffer | null }[]> {
  const self = { apiUrl: null, programs: [] };
  const { log } = await connectKafkaLog({
    brokers: brokers(),
    namespace: deployment.namespace,
    groupId: `${deployment.namespace}.all`,
    self,
  });
  const admin = new kafkajs.Kafka({ brokers: brokers(), logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const end = Number((await admin.fetchTopicOffsets(topic)).find((each) => each.partition === partition)?.high ?? 0);
  await admin.disconnect();
  const records: { offset: number; value: Buffer | null; key: Buffer | null }[] = [];
  const opened = log.open(partition);
  await new Promise<void>((resolve, reject) => {
    opened.consume(0, {
      records: (batch) => {
        records.push(...batch);
        if (records.length >= end) resolve();
      },
      failed: reject,
    });
  });
  opened.close();
  await log.close();
  return records;
}

test('an input that is not JSON is refused by the owner, whoever wrote it', async () => {
  const id = 'not-json';
  const place = await produce(partitionOf(id, partitions), id, bytesOf(startOf(id, '{"seed": ')));
  expect(await answerOf(place)).toMatchObject({ outcome: 'refused', code: 'INPUT_NOT_JSON' });
  expect(await client.getOrchestrationState(id)).toBeUndefined();
});

test('an id that breaks S7 is refused: by the client before it sends, by the owner if somebody sends it anyhow', async () => {
  for (const instanceId of ['', '@entity', 'x'.repeat(257), 'é'.repeat(129), 'lone \ud800'])
    await expect(client.scheduleNewOrchestration(echoing, 'x', { instanceId })).rejects.toMatchObject({ code: 'INSTANCE_ID_INVALID' });
  for (const instanceId of ['', '@entity', 'x'.repeat(257)])
    expect(await answerOf(await produce(0, instanceId, bytesOf(startOf(instanceId, steps))))).toMatchObject({
      outcome: 'refused',
      code: 'INSTANCE_ID_INVALID',
    });
});

test('a command that cannot be decoded goes to the dead letters with its origin and the reason, and its partition goes on', async () => {
  const id = deployment.idsOn([1], 'after-garbage', 1)[0] ?? '';
  const garbage = await produce(1, 'who knows', '{"this is":"not ours"}');
  const handle = await client.scheduleNewOrchestration(sequence, { seed: 'g', delayMs: 0 }, { instanceId: id });
  expect(await handle.result()).toBe('g12345');
  expect(await answerOf(garbage)).toMatchObject({ outcome: 'refused', code: 'COMMAND_UNDECODABLE' });

  const { commands, deadLetter } = topicNames(deployment.namespace);
  const reader = new kafkajs.Kafka({ brokers: brokers(), logLevel: kafkajs.logLevel.NOTHING }).consumer({
    groupId: `${deployment.namespace}.dead`,
  });
  await reader.connect();
  await reader.subscribe({ topic: deadLetter, fromBeginning: true });
  const letter = await new Promise<ReturnType<typeof decodeDeadLetter>>((resolve, reject) => {
    const eachMessage = ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
      if (message.value !== null) resolve(decodeDeadLetter(message.value));
      return Promise.resolve();
    };
    reader.run({ eachMessage }).catch(reject);
  });
  await reader.disconnect();
  expect(letter).toMatchObject({ topic: commands, partition: 1, offset: garbage.offset, code: 'COMMAND_UNDECODABLE', valueBytes: 22 });
  expect(letter.reason).not.toBe('');
  expect(Buffer.from(letter.value ?? []).toString()).toBe('{"this is":"not ours"}');
  expect(Buffer.from(letter.key ?? []).toString()).toBe('who knows');
});

test('a payload of 1 MiB goes all the way, one byte more is refused with a clear code everywhere', async () => {
  const largest = 'x'.repeat((1 << 20) - 2); // and two quotation marks
  const handle = await client.scheduleNewOrchestration(echoing, largest);
  expect(await handle.result()).toBe(largest);
  await expect(client.scheduleNewOrchestration(echoing, `${largest}x`)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  const id = 'too-large';
  const place = await produce(partitionOf(id, partitions), id, bytesOf(startOf(id, JSON.stringify(`${largest}x`))));
  expect(await answerOf(place)).toMatchObject({ outcome: 'refused', code: 'PAYLOAD_TOO_LARGE' });
});

test('without an API to ask, the outcome is unknown, and its place is told', async () => {
  const nobody = 'http://127.0.0.1:9';
  await using blind = await createClient({ brokers: brokers(), namespace: deployment.namespace, api: nobody, commandTimeout: '1s' });
  const options = { instanceId: 'unheard', commandId: 'the start of it' };
  const start = blind.scheduleNewOrchestration(echoing, 'heard', options);
  const error: unknown = await start.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OutcomeUnknownError);
  const partition = partitionOf('unheard', partitions);
  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', commandId: 'the start of it', partition, offset: expect.any(Number) as number });
  // Repeated under its id by one who can ask, it is the same start.
  expect(await (await client.scheduleNewOrchestration(echoing, 'heard', options)).result()).toBe('heard');
  const produced = await blind.scheduleNewOrchestration(echoing, 'told', { instanceId: 'produced', ack: 'produced' });
  await vi.waitFor(async () => expect(await client.getOrchestrationState(produced)).toMatchObject({ output: 'told' }), { interval: 20 });
});

test('an orchestrator that no worker has is stalled, visibly, and completes when one has it', async () => {
  const handle = await client.scheduleNewOrchestration(latecomer, 'better late', { instanceId: 'late' });
  const state = await vi.waitFor(
    async () => {
      const seen = await handle.state();
      expect(seen?.stalledReason).toBeDefined();
      return seen;
    },
    { interval: 20 },
  );
  expect(state?.stalledReason).toContain('latecomer');
  expect(state?.runtimeStatus).toBe('Pending');
  expect(await worker.end('SIGTERM')).toBe(0);
  worker = await deployment.start('b', { withLatecomer: true });
  expect(await handle.result()).toBe('better late');
  expect((await handle.state())?.stalledReason).toBeUndefined();
});

test('a worker does not start on topics of other settings', async () => {
  const { history } = topicNames(deployment.namespace);
  const admin = new kafkajs.Kafka({ brokers: brokers(), logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const configure = async (settings: readonly { name: string; value: string }[]): Promise<void> => {
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: history, configEntries: [...settings] };
    await admin.alterConfigs({ validateOnly: false, resources: [resource] });
  };
  const made = topicSettings.history.map(({ name, value }) => ({ name, value }));
  try {
    await configure(made.map((entry) => (entry.name === 'cleanup.policy' ? { ...entry, value: 'delete' } : entry)));
    await expect(deployment.start('refused')).rejects.toThrow('TOPIC_SETTING_WRONG');
  } finally {
    await configure(made);
    await admin.disconnect();
  }
  await deployment.start('welcome');
});
