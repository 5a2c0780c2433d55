import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap } from '../../../sdk/replay/heap.ts';
import { foldEventName, Inbox, type EventWait } from '../../../sdk/replay/inbox.ts';
import type { EventRaised, ExecutionId, InstanceId } from '../../../schemas/index.ts';

test('a heap gives the smallest first, whatever is put in between', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer())), (steps) => {
      const heap = new Heap<number>((a, b) => a < b);
      const model: number[] = [];
      for (const step of steps) {
        if (step === null) expect(heap.pop()).toBe(model.shift());
        else {
          heap.push(step);
          model.push(step);
          model.sort((a, b) => a - b);
        }
        expect([heap.peek(), heap.size]).toEqual([model[0], model.length]);
      }
    }),
  );
});

function event(number: number, name: string): EventRaised {
  const place = { instanceId: 'i' as InstanceId, executionId: 'e'.repeat(32) as ExecutionId, seq: number, atMs: 0 };
  return { kind: 'EventRaised', ...place, number, name, payload: null, eventId: '' };
}

const step = fc.record({
  kind: fc.constantFrom<'raise' | 'arm' | 'disarm' | 'take'>('raise', 'arm', 'disarm', 'take'),
  wait: fc.nat({ max: 7 }),
  name: fc.constantFrom('a', 'A', 'b', 'c'),
});

test('[E2] the oldest arrival that matches an armed wait goes to the oldest wait of its name: as a plain search finds it', () => {
  let takes = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), (steps) => {
      const inbox = new Inbox();
      const taken: string[] = [];
      const waits = Array.from({ length: 8 }, (_, id): EventWait => {
        const eventName = ['a', 'b', 'c'][id % 3] ?? 'a';
        return { id, eventName, isArmed: false, isListed: false, take: ({ number }) => taken.push(`${String(number)} to ${String(id)}`) };
      });
      const armed = new Set<number>();
      const unread: EventRaised[] = [];
      let number = 0;
      for (const { kind, wait: at, name } of steps) {
        const wait = waits[at];
        if (wait === undefined) throw new Error('no such wait');
        if (kind === 'raise') {
          const raised = event(++number, name);
          inbox.add(raised);
          unread.push(raised);
        } else if (kind === 'arm') {
          inbox.arm(wait);
          armed.add(at);
        } else if (kind === 'disarm') {
          inbox.disarm(wait);
          armed.delete(at);
        } else {
          const first = unread.find((one) => waits.some(({ id, eventName }) => armed.has(id) && eventName === foldEventName(one.name)));
          expect(inbox.isReady).toBe(first !== undefined);
          expect(inbox.takeNext()).toBe(first !== undefined);
          if (first === undefined) continue;
          const to = waits.find(({ id, eventName }) => armed.has(id) && eventName === foldEventName(first.name));
          expect(taken.pop()).toBe(`${String(first.number)} to ${String(to?.id)}`);
          unread.splice(unread.indexOf(first), 1);
          armed.delete(to?.id ?? -1);
          takes += 1;
        }
      }
      expect(inbox.buffer.isEmpty).toBe(unread.length === 0);
    }),
    { numRuns: 1000 },
  );
  expect(takes).toBeGreaterThan(1000);
});

test('[E2] waits that lost again and again do not pile up behind one that waits', () => {
  const inbox = new Inbox();
  let most = 0;
  const wait = (id: number): EventWait => ({ id, eventName: 'a', isArmed: false, isListed: false, take: () => undefined });
  inbox.arm(wait(0));
  const losers = Array.from({ length: 1000 }, (_, at) => wait(at + 1));
  for (const loser of losers) {
    inbox.arm(loser);
    inbox.disarm(loser);
    most = Math.max(most, losers.filter(({ isListed }) => isListed).length);
  }
  expect(most).toBeLessThan(30);
});
