import { expect, test } from 'vitest';
import { factRole, isEnd, isInput, isInstanceFact, type Fact } from '../../../schemas/index.ts';
import { bodies } from './samples.ts';

const facts = bodies.filter((body): body is Fact => isInstanceFact(body));
const kindsWith = (holds: (fact: Fact) => boolean): string[] => facts.filter(holds).map(({ kind }) => kind);

test('[D1] each fact of an instance has one role: what is fed, what was done, and what the engine alone does', () => {
  expect(kindsWith(({ kind }) => factRole(kind) === 'start')).toEqual(['InstanceStarted']);
  expect(kindsWith(({ kind }) => factRole(kind) === 'turn')).toEqual(['TurnStarted']);
  expect(kindsWith(({ kind }) => factRole(kind) === 'input')).toEqual([
    ...['TaskCompleted', 'TaskFailed', 'TimerFired', 'ChildCompleted', 'ChildFailed', 'EventRaised', 'CancelRequested'],
  ]);
  expect(kindsWith(({ kind }) => factRole(kind) === 'change')).toEqual([
    'InstanceSuspended',
    'InstanceResumed',
    'StartDue',
    'InstanceTerminated',
  ]);
  expect(kindsWith(({ kind }) => factRole(kind) === 'action')).toHaveLength(facts.length - 13);
});

test('[D1] what is fed is the start and the inputs', () => {
  expect(kindsWith(isInput)).toEqual(kindsWith(({ kind }) => ['start', 'input'].includes(factRole(kind))));
});

test('[S1] an execution has five ends', () => {
  expect(kindsWith(isEnd)).toEqual(['InstanceCompleted', 'InstanceFailed', 'ContinuedAsNew', 'InstanceTerminated', 'InstanceCanceled']);
});

test('facts of the partition are no facts of an instance', () => {
  const others = bodies.filter((body) => !isInstanceFact(body)).map(({ kind }) => kind);
  expect(others).toEqual(['OutboundQueued', 'CommandRefused', 'CommandForwarded', 'Claim', 'Progress', 'Namespace']);
});
