import { describe, expect, test } from 'vitest';
import { isReady } from '../../../engine/core/index.ts';
import type { Fact } from '../../../schemas/index.ts';
import {
  after,
  again,
  child,
  complete,
  event,
  execution,
  executionOf,
  fail,
  isEncodable,
  kindsOf,
  parentOf,
  raiseOf,
  startOf,
  stateOf,
  status,
  Story,
  task,
  terminateOf,
} from './given.ts';

const pending = (): Story => new Story().start();

/** Folds what the log holds once the earlier generation is swept. */
function restored(story: Story): unknown {
  const newest = story.facts.findLastIndex((fact: Fact) => fact.kind === 'InstanceStarted');
  return stateOf(story.facts.slice(newest));
}

describe('continue-as-new', () => {
  test('[C1] ends the execution and begins the next in the same decision; numbers and ids start again', () => {
    const tags = [{ key: 'a', value: 'b' }];
    const story = new Story().start({ parent: parentOf(), tags, version: '1' }).turn(task(1), status('"kept"'));
    const result = story.turnDecision({}, again('9', true, '2'));
    expect(result.facts).toMatchObject([
      { kind: 'TurnStarted', seq: 5 },
      { kind: 'ContinuedAsNew', executionId: execution, seq: 6, newExecutionId: executionOf(2), version: '2', input: '9', discarded: [] },
      {
        ...{ kind: 'InstanceStarted', executionId: executionOf(2), seq: 1, generation: 2, previousExecutionId: execution },
        ...{ name: 'order', version: '2', input: '9', tags, parent: parentOf(), createdAtMs: 2_000, customStatus: '"kept"' },
        ...{ startAtMs: null, inboxNext: 1, carried: [], carriedBytes: 0, commandId: 'command-1' },
      },
    ]);
    expect(isEncodable(result)).toBe(true);
    story.facts.push(...result.facts);
    expect(story.state).toMatchObject({ lastSeq: 1, generation: 2, createdAtMs: 2_000, life: { status: 'Pending' } });
    expect(isReady(story.state)).toBe(true);
  });

  test('[C1] a custom status set in the last turn survives, and so does its being taken away', () => {
    expect(pending().turn(status('1'), again()).state.customStatus).toBe('1');
    expect(pending().turn(status('1')).turn(status(null), again()).state.customStatus).toBeNull();
  });

  test('[C1] [S8] actions called before it are committed and sent; those after it do not count', () => {
    const { facts, messages } = pending().turnDecision({}, task(1), event(2, 'other'), child(3), again(), task(4));
    expect(kindsOf(facts)).toEqual(['TurnStarted', 'TaskScheduled', 'EventSent', 'ChildScheduled', 'ContinuedAsNew', 'InstanceStarted']);
    expect(messages.map((message) => message.kind)).toEqual(['RaiseEvent', 'StartInstance']);
  });

  test('[C1] tasks, timers and children of the old execution are fenced', () => {
    const { state } = pending().turn(task(1), after(2, 5), child(3)).turn(again());
    expect([state.openTasks.size, state.openIds.size]).toEqual([0, 0]);
  });

  test('[C1] an error thrown afterwards fails the instance: the program says so instead', () => {
    expect(kindsOf(pending().turnDecision({}, fail('late'), again()).facts)).toEqual(['TurnStarted', 'InstanceFailed']);
  });

  test('[C1] [S3] terminate beats it, before or after', () => {
    expect(pending().command(terminateOf()).turnDecision({}, again()).facts).toEqual([]);
    expect(pending().turn(again()).command(terminateOf()).state.life.status).toBe('Terminated');
  });
});

describe('events through continue-as-new', () => {
  const raised = (count: number): Story => {
    const story = pending().turn(task(1));
    for (let nth = 0; nth < count; nth++) story.command(raiseOf({ payload: '"x"' }));
    return story;
  };

  test('[C1] [E2] fed and unread, they go on by their numbers and are not fed again by the engine', () => {
    const story = raised(4).turnWith({ taken: [{ number: 2, bytes: 3 }] }, again());
    const carried = [
      { from: 1, through: 1 },
      { from: 3, through: 4 },
    ];
    expect(story.facts.at(-1)).toMatchObject({ kind: 'InstanceStarted', inboxNext: 5, carried, carriedBytes: 9 });
    expect(story.state).toMatchObject({ unread: carried, unreadBytes: 9, inboxNext: 5 });
    expect(story.state.unfed.map((input) => input.kind)).toEqual(['InstanceStarted']);
  });

  test('[C1] [E2] not fed yet, they are fed before the start, in order; what comes later is fed behind it', () => {
    const story = raised(3).turnWith({ inputsThrough: 4 }, again()).command(raiseOf());
    expect(story.state.unfed.map((input) => (input.kind === 'EventRaised' ? input.number : input.kind))).toEqual([
      2,
      3,
      'InstanceStarted',
      4,
    ]);
    expect(story.state.unread).toEqual([{ from: 1, through: 4 }]);
    story.turnWith({ inputsThrough: 2 });
    expect(story.state.unfed).toEqual([]);
  });

  test('[C1] not fed through two generations, they are still there', () => {
    const story = raised(2).turnWith({ inputsThrough: 3 }, again());
    expect(story.state.unfed).toHaveLength(3);
    story.turnWith({ inputsThrough: 1, taken: [{ number: 1, bytes: 3 }] }, again());
    expect(story.state).toMatchObject({ unread: [{ from: 2, through: 2 }], unreadBytes: 3, generation: 3 });
  });

  test('[C1] preserveEvents = false discards what is unread, fed or not, and says so; later events count on', () => {
    const story = raised(3).turnWith({ inputsThrough: 4, taken: [{ number: 1, bytes: 3 }] }, again('1', false));
    expect(story.facts.at(-2)).toMatchObject({ kind: 'ContinuedAsNew', discarded: [{ from: 2, through: 3 }] });
    expect(story.state).toMatchObject({ unread: [], unreadBytes: 0, inboxNext: 4 });
    expect(story.state.unfed.map((input) => input.kind)).toEqual(['InstanceStarted']);
    expect(story.command(raiseOf()).state.unread).toEqual([{ from: 4, through: 4 }]);
  });

  test('[C1] what a program counts wrongly is not carried on: an empty inbox has no bytes, and never fewer', () => {
    expect(raised(1).turnWith({ taken: [{ number: 1, bytes: 1 }] }, again()).state).toMatchObject({ unread: [], unreadBytes: 0 });
    expect(raised(2).turnWith({ taken: [{ number: 1, bytes: 99 }] }, again()).state.unreadBytes).toBe(0);
  });

  test('[C1] a start carries no more for a thousand waiting events than for one', () => {
    const size = (story: Story): number => JSON.stringify(story.turn(again()).facts.at(-1)).length;
    expect(size(raised(1_000)) - size(raised(1))).toBeLessThan(20);
  });

  test('[C1] 1,000 events into a counter that continues as new on each: each is read once, in order', () => {
    const story = raised(1_000);
    for (let number = 1; number <= 1_000; number++) {
      expect(story.state.unread[0]?.from).toBe(number);
      story.facts.splice(
        0,
        story.facts.findLastIndex((fact) => fact.kind === 'InstanceStarted'),
      );
      story.turnWith({ taken: [{ number, bytes: 3 }] }, again());
    }
    expect(story.state).toMatchObject({ unread: [], unreadBytes: 0, generation: 1_001, inboxNext: 1_001 });
  });

  test('[C1] what the log keeps of the newest generation alone says what is unread', () => {
    const story = raised(3).turnWith({ taken: [{ number: 2, bytes: 3 }] }, again());
    const { unread, unreadBytes, inboxNext, customStatus, createdAtMs } = story.state;
    expect(restored(story)).toMatchObject({ unread, unreadBytes, inboxNext, customStatus, createdAtMs });
  });

  test('[E4] a new start under an id takes over the inbox numbers, and nothing that is in the inbox', () => {
    const story = raised(3)
      .turn(complete())
      .command(startOf({ onConflict: 'replaceTerminal' }));
    expect(story.state).toMatchObject({ inboxNext: 4, unread: [], unreadBytes: 0, generation: 1 });
    expect(story.state.unfed.map((input) => input.kind)).toEqual(['InstanceStarted']);
  });
});
