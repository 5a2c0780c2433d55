/** The log as one life sees it: what it writes is counted and witnessed, may be its last act, and is answered to the living only. */
import { parseKey } from '../../schemas/index.ts';
import type { AppendOutcome, AppendRecord, CommandFeed, CommandListener, Log, Offset, PartitionLog } from '../../engine/log/index.ts';
import type { Deliveries } from './deliveries.ts';
import type { Faults, PlannedCrash } from './faults.ts';
import { never, type Life } from './life.ts';
import type { Witness } from './witness.ts';

export interface LivedLogOptions {
  readonly life: Life;
  readonly log: Log;
  readonly faults: Faults;
  readonly deliveries: Deliveries;
  readonly witness: Witness;
  /** The life ends here. */
  readonly onCrash: (crash: PlannedCrash) => void;
}

export function livedLog(options: LivedLogOptions): Log {
  const { life, log, deliveries } = options;
  const opened = new Set<PartitionLog>();
  return {
    partitions: log.partitions,
    open: (partition) => {
      const own = livedPartition(options, partition);
      opened.add(own);
      return own;
    },
    send: (lane, records) =>
      durably(options, `messages to ${lane.kind}`, () => {
        const once = (): Promise<Offset> => log.send(lane, records);
        return lane.kind === 'commands' ? deliveries.send(lane.partition, records, once) : once();
      }),
    // The log outlives its workers.
    close: () => {
      for (const own of opened) own.close();
      return life.isDead ? never() : Promise.resolve();
    },
  };
}

/** One durable write, and the crash that is planned for it. */
async function durably<T>({ life, faults, onCrash }: LivedLogOptions, what: string, write: () => Promise<T>): Promise<T> {
  if (life.isDead) return await never();
  const crash = faults.next();
  if (crash?.ack === 'never-sent') {
    onCrash(crash);
    return await never();
  }
  const answer = life.ask(what, write);
  if (crash === undefined) return await answer;
  await answer;
  onCrash(crash);
  return await never();
}

function livedPartition(options: LivedLogOptions, partition: number): PartitionLog {
  const { life, witness } = options;
  const raw = options.log.open(partition);
  const close = life.owns(() => {
    raw.close();
  });
  const append = async (records: readonly AppendRecord[]): Promise<AppendOutcome> => {
    const outcome = await raw.append(records);
    if (outcome.kind === 'acked') witness.landed(partition, outcome.base, records);
    return outcome;
  };
  return {
    partition,
    read: (from, sink) =>
      life.ask('a read of history', () =>
        raw.read(from, async (records) => {
          if (life.isDead) throw new Error('the reader has died');
          await Promise.race([sink(records), life.died]);
        }),
      ),
    append: (records) =>
      isClaim(records) ? life.ask('a claim', () => append(records)) : durably(options, 'a commit', () => append(records)),
    consume: (from, listener) => livedFeed(options, partition, raw.consume.bind(raw), from, listener),
    trim: (before) => life.ask('a trim', () => raw.trim(before)),
    close: () => {
      if (!life.isDead) void close();
    },
  };
}

function livedFeed(
  { life, deliveries }: LivedLogOptions,
  partition: number,
  consume: PartitionLog['consume'],
  from: Offset,
  listener: CommandListener,
): CommandFeed {
  const delivery = deliveries.begin(partition, from);
  const feed = consume(from, {
    records: (batch) => {
      if (life.isDead) return;
      const last = batch.at(-1);
      if (last !== undefined) delivery.delivered(last.offset + 1);
      listener.records(batch);
    },
    failed: (error) => {
      if (!life.isDead) listener.failed(error);
    },
  });
  const stop = life.owns(() => {
    delivery.end();
    feed.stop();
  });
  return {
    pause: () => {
      delivery.paused(true);
      feed.pause();
    },
    resume: () => {
      delivery.paused(false);
      feed.resume();
    },
    stop: () => void stop(),
  };
}

function isClaim(records: readonly AppendRecord[]): boolean {
  return records.length === 1 && records.every(({ key }) => parseKey(key).kind === 'claim');
}
