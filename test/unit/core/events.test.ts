import { describe, expect, test } from 'vitest';
import {
  bufferedEventBytesMax,
  bufferedEventsMax,
  countOf,
  decideCommand,
  eventIdsKept,
  evolve,
  isReady,
  type InstanceState,
} from '../../../engine/core/index.ts';
import { eventIdBytesMax, nameBytesMax, payloadBytesMax, type CommandId, type RaiseEvent } from '../../../schemas/index.ts';
import {
  again,
  codeOf,
  complete,
  execution,
  executionOf,
  factsOf,
  idOf,
  kindsOf,
  nothing,
  raiseOf,
  startOf,
  Story,
  task,
} from './given.ts';

const pending = (): Story => new Story().start();
const running = (): Story => pending().turn(task(1));

describe('an event', () => {
  test('[E4] for a live instance is recorded with its inbox number, its place in the execution and the command id', () => {
    const decision = running().commandDecision(raiseOf({ name: '__proto__' }), 'click');
    expect(factsOf(decision)).toMatchObject([
      { kind: 'EventRaised', executionId: execution, seq: 4, number: 1, name: '__proto__', payload: '1', eventId: 'click' },
    ]);
  });

  test('[E2] [S2] [S7] is taken in by a Pending, a scheduled and a suspended instance, and waits', () => {
    expect(
      pending()
        .command(raiseOf())
        .state.unfed.map((input) => input.kind),
    ).toEqual(['InstanceStarted', 'EventRaised']);
    const scheduled = new Story().start({ startAtMs: 90_000 }).command(raiseOf());
    expect(isReady(scheduled.state)).toBe(false);
    expect(countOf(scheduled.state.unread)).toBe(1);
    const suspended = running()
      .command({ kind: 'SuspendInstance', instanceId: idOf('order-1'), reason: '' })
      .command(raiseOf());
    expect(isReady(suspended.state)).toBe(false);
  });

  test('[E2] inbox numbers go up by one and never start again, in no generation and no new instance of the id', () => {
    const story = running().command(raiseOf()).command(raiseOf()).turn(again()).command(raiseOf()).turn(complete());
    story.command(startOf({ onConflict: 'replaceTerminal' })).command(raiseOf());
    const numbers = story.facts.map((fact) => (fact.kind === 'EventRaised' ? fact.number : 0)).filter((number) => number > 0);
    expect(numbers).toEqual([1, 2, 3, 4]);
  });

  test('[E4] for an unknown instance is refused; for a terminal one it is ignored under a code of its own, startIfMissing or not', () => {
    const startIfMissing = { name: 'order', version: '', input: null, tags: [] };
    expect(codeOf(new Story().commandDecision(raiseOf()))).toBe('INSTANCE_NOT_FOUND');
    expect(codeOf(pending().turn(complete()).commandDecision(raiseOf()))).toBe('INSTANCE_TERMINAL');
    expect(codeOf(pending().turn(complete()).commandDecision(raiseOf({ startIfMissing })))).toBe('INSTANCE_TERMINAL');
  });

  test('[E4] startIfMissing starts the instance and raises the event in one decision; of an existing one it only raises', () => {
    const startIfMissing = { name: 'late', version: '2', input: '7', tags: [{ key: 'a', value: 'b' }] };
    const story = new Story();
    const facts = factsOf(story.commandDecision(raiseOf({ startIfMissing }), 'both'));
    expect(facts).toMatchObject([
      {
        kind: 'InstanceStarted',
        seq: 1,
        name: 'late',
        version: '2',
        input: '7',
        tags: startIfMissing.tags,
        commandId: 'both',
        parent: null,
      },
      { kind: 'EventRaised', executionId: executionOf(1), seq: 2, number: 1, eventId: 'both' },
    ]);
    story.facts.push(...facts);
    expect(story.commandDecision(raiseOf({ startIfMissing }), 'both')).toEqual(nothing);
    expect(kindsOf(factsOf(story.commandDecision(raiseOf({ startIfMissing }))))).toEqual(['EventRaised']);
  });

  test('[E4] of an id that was raised before changes nothing: read or not, continued as new or not, ended or not', () => {
    const raise = raiseOf({ eventId: 'e-1' });
    const raised = (): Story => running().command(raise);
    const again2 = raised().turn(again());
    const ended = raised().turn(complete());
    const read = raised().turnWith({ taken: [{ number: 1, bytes: 1 }] });
    for (const story of [raised(), read, again2, ended]) expect(story.commandDecision(raise)).toEqual(nothing);
    expect(kindsOf(factsOf(raised().commandDecision(raiseOf({ eventId: 'e-2' }))))).toEqual(['EventRaised']);
  });

  test('[E4] without an id goes by the id of its command', () => {
    const story = running();
    story.command(raiseOf(), 'c-1');
    expect(story.commandDecision(raiseOf(), 'c-1')).toEqual(nothing);
    expect(kindsOf(factsOf(story.commandDecision(raiseOf(), 'c-2')))).toEqual(['EventRaised']);
  });

  test('[E4] from another instance has no id: the log drops its repeats', () => {
    const story = running();
    for (const decision of [story.commandDecision(raiseOf(), '@0/1', true), story.commandDecision(raiseOf(), '@0/1', true)])
      expect(factsOf(decision)).toMatchObject([{ kind: 'EventRaised', eventId: '' }]);
    story.facts.push(...factsOf(story.commandDecision(raiseOf(), '@0/1', true)));
    expect(story.state.eventIds.size).toBe(0);
    expect(codeOf(new Story().commandDecision(raiseOf(), '@0/1', true))).toBe('INSTANCE_NOT_FOUND');
  });

  test('[E4] the last 1,000 ids are known, in the order of arrival, through continue-as-new', () => {
    expect(eventIdsKept).toBe(1_000);
    const story = new Story().start();
    let state: InstanceState | undefined = story.state;
    const given = { commandId: 'c' as CommandId, atMs: 5, newExecutionId: () => execution, isMessage: false };
    for (let nth = 0; nth <= eventIdsKept; nth++)
      for (const fact of factsOf(decideCommand(state, raiseOf({ eventId: `e-${String(nth)}` }), given))) {
        story.facts.push(fact);
        state = evolve(state, fact);
      }
    story.turn(again());
    expect(story.state.eventIds.size).toBe(eventIdsKept);
    expect(story.commandDecision(raiseOf({ eventId: 'e-1' }))).toEqual(nothing);
    expect(kindsOf(factsOf(story.commandDecision(raiseOf({ eventId: 'e-0' }))))).toEqual(['EventRaised']);
  });

  const refusals: readonly [string, string, Partial<RaiseEvent>][] = [
    ['no name', 'NAME_INVALID', { name: '' }],
    ['a name of 257 bytes', 'NAME_INVALID', { name: 'n'.repeat(nameBytesMax + 1) }],
    ['a name with a lone surrogate', 'NAME_INVALID', { name: '\udc00' }],
    ['an id that is too long', 'EVENT_ID_INVALID', { eventId: 'e'.repeat(eventIdBytesMax + 1) }],
    ['a payload of 1 MiB + 1', 'PAYLOAD_TOO_LARGE', { payload: `"${'x'.repeat(payloadBytesMax - 1)}"` }],
    ['a payload that is not JSON', 'INPUT_NOT_JSON', { payload: 'paid' }],
    ['a payload with a lone surrogate', 'INPUT_NOT_JSON', { payload: '"\ud800"' }],
    ['a start without a name', 'NAME_INVALID', { startIfMissing: { name: '', version: '', input: null, tags: [] } }],
    ["a start's input that is not JSON", 'INPUT_NOT_JSON', { startIfMissing: { name: 'x', version: '', input: '{', tags: [] } }],
  ];
  test.each(refusals)('[E4] with %s is refused as %s', (_what, code, changes) => {
    expect(codeOf(running().commandDecision(raiseOf(changes)))).toBe(code);
  });

  test.each(['constructor', '/ ? #', ' ', '🎉', 'e\u0301', 'n'.repeat(nameBytesMax)])('[E1] may be named %j', (name) => {
    expect(factsOf(running().commandDecision(raiseOf({ name })))).toMatchObject([{ name }]);
  });
});

describe('the inbox', () => {
  const full = (story: Story, events: number, bytes: number): Story => {
    const { state } = story;
    story.facts.push({
      ...{ kind: 'ContinuedAsNew', instanceId: state.instanceId, executionId: state.executionId, seq: state.lastSeq + 1, atMs: 5 },
      ...{ newExecutionId: executionOf(2), version: '', input: null, discarded: [] },
    });
    const start = story.facts.find((fact) => fact.kind === 'InstanceStarted');
    if (start === undefined) throw new Error('no start');
    const carried = [{ from: 1, through: events }];
    const place = { executionId: executionOf(2), generation: 2, previousExecutionId: state.executionId };
    story.facts.push({ ...start, ...place, inboxNext: events + 1, carried, carriedBytes: bytes });
    return story;
  };

  test('[E2] holds 10,000 unread events; one more is refused, until one is read', () => {
    expect(bufferedEventsMax).toBe(10_000);
    expect(kindsOf(factsOf(full(running(), bufferedEventsMax - 1, 9).commandDecision(raiseOf())))).toEqual(['EventRaised']);
    const story = full(running(), bufferedEventsMax, 9);
    expect(codeOf(story.commandDecision(raiseOf()))).toBe('INBOX_FULL');
    expect(codeOf(story.commandDecision(raiseOf(), '@0/1', true))).toBe('INBOX_FULL');
    story.turnWith({ taken: [{ number: 77, bytes: 1 }] });
    expect(kindsOf(factsOf(story.commandDecision(raiseOf())))).toEqual(['EventRaised']);
  });

  test('[E2] holds 16 MiB of payloads, counted in UTF-8; an event without one always has room', () => {
    expect(bufferedEventBytesMax).toBe(16 * 1024 * 1024);
    const story = full(running(), 5, bufferedEventBytesMax - 4);
    expect(kindsOf(factsOf(story.commandDecision(raiseOf({ payload: '"é"' }))))).toEqual(['EventRaised']);
    expect(codeOf(story.commandDecision(raiseOf({ payload: '"éé"' })))).toBe('INBOX_FULL');
    const brim = full(running(), 5, bufferedEventBytesMax);
    expect(kindsOf(factsOf(brim.commandDecision(raiseOf({ payload: null }))))).toEqual(['EventRaised']);
  });

  test('[E2] counts what is unread in events and bytes; reading takes both off', () => {
    const story = running()
      .command(raiseOf({ payload: '"é"' }))
      .command(raiseOf({ payload: '12' }))
      .command(raiseOf({ payload: null }));
    expect(story.state).toMatchObject({ unread: [{ from: 1, through: 3 }], unreadBytes: 6 });
    story.turnWith({ taken: [{ number: 2, bytes: 2 }] });
    expect(story.facts.at(-1)).toMatchObject({ kind: 'TurnStarted', eventsTaken: [{ from: 2, through: 2 }], eventBytesTaken: 2 });
    expect(story.state).toMatchObject({
      unread: [
        { from: 1, through: 1 },
        { from: 3, through: 3 },
      ],
      unreadBytes: 4,
    });
  });

  test('[E2] what a program counts wrongly does not add up: an empty inbox has no bytes, and never fewer', () => {
    const story = running().command(raiseOf({ payload: '"xxxx"' }));
    expect(story.turnWith({ taken: [{ number: 1, bytes: 1 }] }).state).toMatchObject({ unread: [], unreadBytes: 0 });
    const other = running().command(raiseOf()).command(raiseOf());
    expect(other.turnWith({ taken: [{ number: 1, bytes: 99 }] }).state.unreadBytes).toBe(0);
  });
});
