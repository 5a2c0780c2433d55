/** The rules of what instances live through, left out one by one. */
import { one, type Mutation } from './mutation.ts';

const owner = 'partition-worker/owner';
const instance = 'engine/core/instance.ts';
const inputs = 'engine/core/inputs.ts';

export const lifeMutations: readonly Mutation[] = [
  // Timers
  {
    name: 'a timer is fired early',
    rule: 'M1',
    edits: [
      {
        file: `${owner}/timers.ts`,
        find: 'this.cache.dueTimers(this.cursorMs, clockMs, limit)',
        replace: 'this.cache.dueTimers(this.cursorMs, clockMs + 60_000, limit)',
      },
      {
        file: inputs,
        find: "if (task?.kind !== 'timer' || task.fireAtMs > clockMs) return nothing;",
        replace: "if (task?.kind !== 'timer') return nothing;",
      },
    ],
  },
  one(
    'the cursor is not moved back for a new timer below it',
    'M1',
    `${owner}/timers.ts`,
    'if (atMs < this.cursorMs) this.cursorMs = atMs;',
    '',
  ),
  one(
    'the cursor is stored before the ack',
    'M1',
    `${owner}/tenure.ts`,
    'await this.hot.load(rows.map((row) => row.instanceId));',
    `const early = new CacheBatch();
    early.header(this.state, this.stampMs, draft.atMs + 1);
    await this.cache.write(early);
    await this.hot.load(rows.map((row) => row.instanceId));`,
  ),
  one('what came due while nobody owned is not looked for', 'M1', `${owner}/timers.ts`, '?? 0;\n    await this.look();', '?? 0;'),
  // Answers
  one(
    'a result of an older execution is accepted',
    'T1',
    inputs,
    'if (state?.executionId !== of.executionId || isTerminal(state)) return {};',
    'if (state === undefined || isTerminal(state)) return {};',
  ),
  one(
    'a result counts after the end of its execution',
    'T1',
    inputs,
    'if (state?.executionId !== of.executionId || isTerminal(state)) return {};',
    'if (state?.executionId !== of.executionId) return {};',
  ),
  one(
    "a child's report is accepted without the open task",
    'O1',
    inputs,
    `if (live === undefined || task?.kind !== 'child' || task.childInstanceId !== childInstanceId) return nothing;
  const base = { ...numbering(live, atMs)(), taskId: task.taskId, scheduledSeq };`,
    `if (live === undefined) return nothing;
  const base = { ...numbering(live, atMs)(), taskId: task?.taskId ?? 0, scheduledSeq };`,
  ),
  one(
    "a child's end is not reported",
    'O2',
    'engine/core/decision.ts',
    'if (parent === null) return [];',
    'if (parent !== undefined) return [];',
  ),
  one(
    'a child is started in the name of nobody',
    'O1',
    'engine/core/turn.ts',
    'this.messages.push({ ...startOf(action), parent: linkTo(this.state, place.seq) });',
    'this.messages.push(startOf(action));',
  ),
  one(
    'the children of what is terminated live on',
    'S3',
    'engine/core/control.ts',
    'if (order.recursive)',
    'if (order.recursive && order.output === undefined)',
  ),
  // External events
  one(
    'what a generation was fed and did not read is lost',
    'C1',
    `${owner}/turns.ts`,
    'const events = carried.length === 0 ? [] : await this.cache.events(instanceId, carried);',
    'const events: Fact[] = [];',
  ),
  one('a generation knows nothing of the events before it', 'C1', instance, 'unread: [...fact.carried],', 'unread: [],'),
  one(
    'a generation forgets the ids of events',
    'E4',
    instance,
    'eventIds: new Map(continues ? before.eventIds : []),',
    'eventIds: new Map(),',
  ),
  one('an event that was read stays unread', 'E2', instance, 'next.unread = without(next.unread, fact.eventsTaken);', ''),
  one(
    'the newest event comes first',
    'E2',
    'sdk/replay/inbox.ts',
    'else queue.events.push(event);',
    'else queue.events.splice(queue.first, 0, event);',
  ),
  // Control
  one('what is suspended goes on', 'S2', instance, 'state.unfed.length > 0 && !state.suspended &&', 'state.unfed.length > 0 &&'),
  one('a scheduled start does not wait', 'S7', instance, '&& state.startAtMs === null && !isTerminal', '&& !isTerminal'),
  // Sweeping
  one(
    "an execution's end is swept first",
    'L8',
    `${owner}/generations.ts`,
    'if (keys.length > 0) return keys;',
    'if (keys.length > 0) return keys.reverse();',
  ),
  one(
    'an event that may still be needed is swept',
    'L8',
    `${owner}/generations.ts`,
    'const floor = Math.min(start.inboxNext, idsFloor(state));',
    'const floor = state.inboxNext;',
  ),
  // What the simulation once found in the real code
  one(
    'a first turn is told by an empty past',
    'C1',
    'sdk/replay/program.ts',
    'return startOf(request) !== undefined\n',
    'return request.pastLength === 0\n',
  ),
  {
    name: 'the tombstone of a void event takes the one that counts',
    rule: 'L8',
    edits: [
      {
        file: 'engine/state/rows.ts',
        find: '`${eventsFrom(instanceId, number)}/${writerText(writer)}`',
        replace: '`${eventsFrom(instanceId, number)}/0/${writer.claimant.slice(0, 0)}`',
      },
      {
        file: 'engine/state/rows.ts',
        find: '`${eventIdsFrom(instanceId, number)}/${writerText(writer)}`',
        replace: '`${eventIdsFrom(instanceId, number)}/0/${writer.claimant.slice(0, 0)}`',
      },
    ],
  },
];
