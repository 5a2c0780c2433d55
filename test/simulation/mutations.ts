/** The rules of the log protocol, left out one by one; those of instances stand in `life-mutations.ts`. */
import { lifeMutations } from './life-mutations.ts';
import { one, type Mutation } from './mutation.ts';

const owner = 'partition-worker/owner';
const fold = 'engine/core/partition.ts';

export const mutations: readonly Mutation[] = [
  // L1: the claim
  one(
    'the claim is not read back',
    'L1',
    `${owner}/takeover.ts`,
    'await restore.toEnd();\n  const { state } = restore;',
    'const { state } = restore;\n  Object.assign(state, { epoch, claimant, epochMax: epoch, commit: 0, open: [], position: outcome.base + 1 });',
  ),
  one(
    'a lost claim is worked on',
    'L1',
    `${owner}/takeover.ts`,
    "if (state.epoch !== epoch || state.claimant !== claimant) return { kind: 'fenced' };",
    'Object.assign(state, { epoch, claimant });',
  ),
  one(
    'a claim makes nothing void',
    'L1',
    fold,
    'if (epoch > state.epoch) foldEffectiveClaim',
    'if (epoch >= state.epoch) foldEffectiveClaim',
  ),
  one('one claimant id a process', 'L1', `${owner}/takeover.ts`, 'runtime.hex(16) as Claimant', 'options.workerName as Claimant', 50),
  // L2: effective records
  one(
    'every record counts',
    'L2',
    fold,
    'const effective = epoch === state.epoch && claimant === state.claimant && commit > state.commit;',
    'const effective = epoch >= 0;',
  ),
  // L3: commits
  one(
    'facts without a Progress count',
    'L3',
    fold,
    'for (const fact of state.open) markVoid(state, fact.key, sink);',
    'for (const fact of state.open) sink.closed(fact);',
  ),
  one(
    'a split commit is abandoned half-way',
    'L3',
    `${owner}/append.ts`,
    "if (outcome.kind !== 'acked') return outcome;",
    "if (outcome.kind !== 'acked') return batch === batches[0] ? outcome : { kind: 'counted' };",
  ),
  one(
    'only the last batch of a split commit is checked',
    'L3',
    `${owner}/append.ts`,
    'const judged = await judge(target, batch, outcome);',
    `const { base } = outcome;
    if (batch !== batches.at(-1)) for (const [at, record] of batch.entries()) foldRecord(target.state, { ...record, offset: base + at }, target.sink);
    const judged = batch === batches.at(-1) ? await judge(target, batch, outcome) : { kind: 'counted' as const };`,
  ),
  // L4: Progress
  {
    name: 'the position is kept outside the commit',
    rule: 'L4',
    edits: [
      {
        file: `${owner}/tenure.ts`,
        find: 'this.state = taken.state;',
        replace: `this.state = taken.state;
    const positions: Map<number, number> = ((globalThis as any).positions ??= new Map());
    if (taken.epoch === 1) positions.delete(partition);
    this.state.marks = { ...this.state.marks, commandNext: positions.get(partition) ?? 0 };`,
      },
      {
        file: `${owner}/tenure.ts`,
        find: 'batch.header(this.state, stampMs, this.effects.timers.fromMs);',
        replace: `batch.header(this.state, stampMs, this.effects.timers.fromMs);
    if (this.state.commit % 2 === 0) (globalThis as any).positions.set(this.options.partition, this.state.marks.commandNext);`,
      },
    ],
  },
  one(
    'the outbound number begins anew with each epoch',
    'L4',
    fold,
    'state.claimant = claimant;\n',
    'state.claimant = claimant;\n  state.marks = { ...state.marks, outboundLast: 0 };\n',
  ),
  {
    name: 'the last Progress of an ended epoch is swept',
    rule: 'L4',
    edits: [
      {
        file: fold,
        find: '  state.open = [];\n  state.epoch = epoch;',
        replace:
          '  if (state.commit > 0) markVoid(state, `p/${String(state.commit % 2)}/${String(state.epoch)}/${state.claimant}`, sink);\n  state.open = [];\n  state.epoch = epoch;',
      },
    ],
  },
  // L5: the offset check
  one(
    'an ack above the expected offset is believed',
    'L5',
    `${owner}/append.ts`,
    'if (ack.base === expected) {',
    'if (ack.base >= expected) {',
  ),
  one('an ack below the expected offset is believed', 'L5', `${owner}/append.ts`, 'if (ack.base < expected)', 'if (ack.base < 0)'),
  one(
    'the gap is not read',
    'L5',
    `${owner}/append.ts`,
    "if (await isFenced(target)) return { kind: 'fenced' };",
    `for (const [at, record] of batch.entries()) foldRecord(state, { ...record, offset: ack.base + at }, sink);
  return { kind: 'counted' };`,
  ),
  one(
    'an unknown append is tried again',
    'L5',
    `${owner}/append.ts`,
    'const outcome = await target.log.append(batch.map((record) => ({ key: record.key, value: record.bytes })));',
    `const records = batch.map((record) => ({ key: record.key, value: record.bytes }));
    let outcome = await target.log.append(records);
    if (outcome.kind === 'unknown') outcome = await target.log.append(records);`,
  ),
  one(
    'an unknown append is taken for acked',
    'L5',
    `${owner}/append.ts`,
    "if (outcome.kind !== 'acked') return outcome;",
    "if (outcome.kind === 'unknown') { for (const record of batch) foldRecord(target.state, { ...record, offset: target.state.position }, target.sink); continue; }\n    if (outcome.kind !== 'acked') return outcome;",
  ),
  // L6: commit, then speak
  {
    name: 'effects come before the ack',
    rule: 'L6',
    edits: [
      {
        file: `${owner}/tenure.ts`,
        find: 'const outcome = await appendCommit(',
        replace: `effects.speak(draft.bodies.map((body) => ({ key: '', epoch, claimant, body, bytes: new Uint8Array() })), draft.touched, before);
    const outcome = await appendCommit(`,
      },
      { file: `${owner}/tenure.ts`, find: 'effects.speak(closed, draft.touched, before);\n', replace: '' },
    ],
  },
  one(
    'the cache is written before the ack',
    'L6',
    `${owner}/tenure.ts`,
    'const outcome = await appendCommit(',
    `const early = new CacheBatch();
    for (const id of draft.touched) { const state = this.hot.get(id); if (state !== undefined) early.instance(state); }
    await this.cache.write(early);
    const outcome = await appendCommit(`,
  ),
  one(
    'commands are trimmed before the ack',
    'L6',
    `${owner}/tenure.ts`,
    'const outcome = await appendCommit(',
    'void log.trim(draft.commandNext);\n    const outcome = await appendCommit(',
  ),
  // L7: outbound
  one('no mark of what was received', 'L7', `${owner}/draft.ts`, 'if (number <= (this.received.get(source) ?? 0)) return false;\n', ''),
  one(
    'nothing is sent again after a takeover',
    'L7',
    `${owner}/effects.ts`,
    "if (body.kind === 'OutboundQueued') this.lanes.add(body);\n    await",
    "if (body.kind === 'OutboundQueued') this.sweeper.keep({ body, epoch: 0, claimant: '' });\n    await",
  ),
  one(
    'open activities are not run again after a takeover',
    'L7',
    `${owner}/effects.ts`,
    'void this.dispatchAgain(open).catch(this.given.onTrouble);',
    '',
  ),
  one(
    'what was recorded and not fed is forgotten at a takeover',
    'L7',
    `${owner}/turns.ts`,
    'for await (const id of this.cache.unfedInstances()) this.ready.add(id);',
    'await Promise.resolve();',
  ),
  {
    name: 'a lane does not wait for the last ack',
    rule: 'L7',
    edits: [
      {
        file: 'partition-worker/dispatch/lanes.ts',
        find: 'const batch = nextBatch(state.queue);',
        replace: 'const batch = nextBatch(state.queue);\n      state.queue.splice(0, batch.length);',
      },
      {
        file: 'partition-worker/dispatch/lanes.ts',
        find: 'state.queue.splice(0, batch.length);\n        this.waiting',
        replace: 'this.waiting',
      },
      {
        file: 'partition-worker/dispatch/lanes.ts',
        find: "this.options.runtime.log('warn', 'outbound send failed",
        replace: "state.queue.push(...batch);\n        this.options.runtime.log('warn', 'outbound send failed",
      },
    ],
  },
  one(
    'messages are swept before they are sent through',
    'L7',
    `${owner}/sweeper.ts`,
    'const mark = marks.sentThrough.get(lane) ?? 0;',
    'const mark = marks.outboundLast;',
  ),
  // L8: keys and tombstones
  {
    name: 'tombstones go out with the commit that ends what they name',
    rule: 'L8',
    edits: [
      {
        file: `${owner}/tenure.ts`,
        find: 'const tombstones = draft.idle && !housekeeping ? [] : sweep.keys;',
        replace: `effects.sweeper.answersEnded();
    const tombstones = (await effects.sweeper.next({ ...this.state, marks: draft.marks(effects.sentThrough) })).keys;`,
      },
    ],
  },
  one(
    'all claims of an epoch share a key',
    'L8',
    'schemas/keys.ts',
    'return `c/${String(epoch)}/${claimant}`;',
    'return `c/${String(epoch)}/x`;',
  ),
  one('Progress has one slot', 'L8', 'schemas/keys.ts', 'return `p/${String(commit % 2)}/', 'return `p/${String(commit * 0)}/'),
  one(
    'facts are keyed without their writer',
    'L8',
    'schemas/keys.ts',
    '/${String(fact.seq)}/${String(epoch)}/${claimant}`;',
    '/${String(fact.seq)}/${String(epoch * 0)}/x`;',
  ),
  one('the fold heeds no tombstone', 'L8', fold, '    foldTombstone(state, record.key, sink);\n', ''),
  // L9: the cache
  one('the cache is past what is open', 'L9', 'engine/state/batch.ts', 'position: restartPosition(state)', 'position: state.position'),
  one(
    'the cache never gets too old',
    'L9',
    `${owner}/restore.ts`,
    'return Math.abs(ageMs) > cacheAgeMaxMs ?',
    'return ageMs === Infinity ?',
  ),
  one('a read may last longer than tombstones live', 'L9', `${owner}/restore.ts`, 'if (this.tooOld() !== undefined) continue;', ''),
  one(
    'the cache is stamped when it is saved',
    'L9',
    `${owner}/tenure.ts`,
    'batch.header(this.state, stampMs, this.effects.timers.fromMs);',
    'batch.header(this.state, this.options.environment.runtime.nowMs(), this.effects.timers.fromMs);',
    1190,
  ),
  one('a damaged cache is kept', 'L9', `${owner}/owner.ts`, 'await cache?.clear().catch(() => undefined);', ''),
  // What the simulation once found in the real code
  one(
    'an owner that was overtaken takes trimmed commands for a broken log',
    'L7',
    `${owner}/tenure.ts`,
    "if (!(error instanceof OperationalError) || error.code !== 'COMMAND_LOG_MISMATCH') return false;",
    'if (error !== undefined) return false;',
  ),
  one(
    'a reader is told how the end of a tenure broke its reading',
    'R5',
    'partition-worker/reads.ts',
    'if (ownership.tenureOf(partition) !== tenure) throw notOwner(partition);\n      throw error;',
    'throw error;',
    630,
  ),
  ...lifeMutations,
];
