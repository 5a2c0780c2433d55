import { describe, expect, test } from 'vitest';
import type { CommandFeed, CommandRecord } from '../../../engine/log/index.ts';
import type { TaskResult } from '../../../engine/core/index.ts';
import type { ExecutionId, InstanceId } from '../../../schemas/index.ts';
import { inboxBytesMax, inboxRecordsMax, sliceBytesMax, sliceInputsMax } from '../../../partition-worker/limits.ts';
import { Inbox } from '../../../partition-worker/owner/inbox.ts';

const command = (offset: number, bytes = 10): CommandRecord => ({ offset, key: null, value: Buffer.alloc(bytes) });
const commands = (from: number, count: number): CommandRecord[] => Array.from({ length: count }, (_, at) => command(from + at));
const result = (scheduledSeq: number): TaskResult => ({
  instanceId: 'x' as InstanceId,
  executionId: 'e' as ExecutionId,
  scheduledSeq,
  outcome: { kind: 'completed', result: null },
});

function made(): { readonly inbox: Inbox; readonly calls: string[] } {
  const calls: string[] = [];
  const feed: CommandFeed = {
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
    stop: () => void calls.push('stop'),
  };
  const inbox = new Inbox();
  inbox.attach(feed);
  return { inbox, calls };
}

describe('the inbox', () => {
  test('keeps the order of the log over many slices, and drops nothing', () => {
    const { inbox } = made();
    inbox.addCommands(commands(0, 250));
    const taken: number[] = [];
    for (let more = 250; inbox.hasCommands; more += 7) {
      taken.push(...inbox.take(true).commands.map(({ offset }) => offset));
      if (more < 3_000) inbox.addCommands(commands(more, 7));
    }
    expect(taken).toEqual(taken.map((_, at) => at));
    expect(taken.length).toBeGreaterThan(250);
    expect(inbox.depth).toBe(0);
  });

  test('takes results first, and no more of both than a slice holds', () => {
    const { inbox } = made();
    inbox.addCommands(commands(0, sliceInputsMax));
    for (let at = 0; at < sliceInputsMax - 3; at++) inbox.addResult(result(at));
    const slice = inbox.take(true);
    expect([slice.results.length, slice.commands.length, slice.size]).toEqual([sliceInputsMax - 3, 3, sliceInputsMax]);
    expect(inbox.hasResults).toBe(false);
  });

  test('leaves the commands when none are wanted', () => {
    const { inbox } = made();
    inbox.addCommands(commands(0, 5));
    inbox.addResult(result(1));
    expect(inbox.take(false)).toMatchObject({ commands: [], size: 1 });
    expect(inbox.take(true).commands).toHaveLength(5);
  });

  test('cuts a slice at its bytes, but always takes one', () => {
    const { inbox } = made();
    inbox.addCommands([command(0, sliceBytesMax + 1), command(1, sliceBytesMax / 2), command(2, sliceBytesMax / 2), command(3)]);
    expect(inbox.take(true).commands.map(({ offset }) => offset)).toEqual([0]);
    expect(inbox.take(true).commands.map(({ offset }) => offset)).toEqual([1]);
    expect(inbox.take(true).commands.map(({ offset }) => offset)).toEqual([2, 3]);
  });

  test('pauses its feed above the records it may hold, and resumes it below half of them', () => {
    const { inbox, calls } = made();
    inbox.addCommands(commands(0, inboxRecordsMax));
    expect(calls).toEqual([]);
    inbox.addCommands(commands(inboxRecordsMax, 1));
    inbox.addCommands(commands(inboxRecordsMax + 1, 1));
    expect(calls).toEqual(['pause']);
    while (inbox.depth > inboxRecordsMax / 2) inbox.take(true);
    while (inbox.depth >= inboxRecordsMax / 2) inbox.take(true);
    expect(calls).toEqual(['pause', 'resume']);
    inbox.addCommands(commands(0, inboxRecordsMax));
    expect(calls).toEqual(['pause', 'resume', 'pause']);
  });

  test('pauses its feed above the bytes it may hold', () => {
    const { inbox, calls } = made();
    const large = inboxBytesMax / 4;
    inbox.addCommands([command(0, large), command(1, large), command(2, large)]);
    expect(calls).toEqual([]);
    inbox.addCommands([command(3, large)]);
    expect(calls).toEqual(['pause']);
    for (let at = 0; at < 3; at++) inbox.take(true);
    expect(calls).toEqual(['pause', 'resume']);
  });
});
