import { expect, test } from 'vitest';
import { defineOrchestrator } from '../../../sdk/define/index.ts';
import { createProgram } from '../../../sdk/replay/index.ts';
import type { ProgramSession } from '../../../engine/program/index.ts';
import { actionsOf, outputOf, Recording } from './recording.ts';

const steps = defineOrchestrator('o', async (ctx) => {
  let sum = 0;
  for (let step = 0; step < 4; step++) sum += await ctx.callActivity<number>('add', step);
  return sum;
});

function recordings(count: number): Recording[] {
  return Array.from({ length: count }, (_, at) => new Recording({ name: 'o', instanceId: `i${String(at)}` }).started());
}

/** Takes each through to its end, side by side; gives the outputs. */
async function toTheEnd(all: readonly Recording[], session: ProgramSession): Promise<unknown[]> {
  for (const recording of all) await recording.turn(session);
  for (let taskId = 1; taskId < 4; taskId++)
    for (const recording of all) expect(actionsOf(await recording.completed(taskId, '1').turn(session))).toHaveLength(1);
  const outputs: unknown[] = [];
  for (const recording of all) outputs.push(outputOf(await recording.completed(4, '1').turn(session)));
  return outputs;
}

test('with room for all of them nothing is read back', async () => {
  const all = recordings(3);
  expect(await toTheEnd(all, createProgram({ orchestrators: [steps], hotRunsMax: 3 }).session())).toEqual([4, 4, 4]);
  expect(all.map(({ pastReads }) => pastReads)).toEqual([0, 0, 0]);
});

test('with room for one, every turn replays and the outcome is the same', async () => {
  const all = recordings(3);
  expect(await toTheEnd(all, createProgram({ orchestrators: [steps], hotRunsMax: 1 }).session())).toEqual([4, 4, 4]);
  // The last of them finds the room free at its last turn, because the others have ended.
  expect(all.map(({ pastReads }) => pastReads)).toEqual([4, 4, 3]);
});

test('with room for none as well', async () => {
  const [one] = recordings(1);
  expect(one && (await toTheEnd([one], createProgram({ orchestrators: [steps], hotRunsMax: 0 }).session()))).toEqual([4]);
  expect(one?.pastReads).toBe(4);
});

test('the room is shared by the sessions of a program, and the longest unused run goes first', async () => {
  const program = createProgram({ orchestrators: [steps], hotRunsMax: 2 });
  const [one, two] = [program.session(), program.session()];
  const all = recordings(3);
  const [a, b, c] = all;
  if (a === undefined || b === undefined || c === undefined) throw new Error('three were asked for');
  await a.turn(one);
  await b.turn(two);
  await a.completed(1, '1').turn(one);
  await c.turn(two);
  await a.completed(2, '1').turn(one);
  await b.completed(1, '1').turn(two);
  expect(all.map(({ pastReads }) => pastReads)).toEqual([0, 1, 0]);
});

test("a session uses no other session's runs", async () => {
  const program = createProgram({ orchestrators: [steps] });
  const [a] = recordings(1);
  await a?.turn(program.session());
  await a?.completed(1, '1').turn(program.session());
  expect(a?.pastReads).toBe(1);
});

test('an evicted run is gone, also when it is evicted during its turn', async () => {
  const session = createProgram({ orchestrators: [steps] }).session();
  const [a] = recordings(1);
  if (a === undefined) throw new Error('one was asked for');
  const { instanceId } = a.request();
  await a.turn(session);
  session.evict(instanceId);
  await a.completed(1, '1').turn(session);
  expect(a.pastReads).toBe(1);
  const during = a.completed(2, '1').turn(session);
  session.evict(instanceId);
  await during;
  expect(a.pastReads).toBe(1);
  await a.completed(3, '1').turn(session);
  expect(a.pastReads).toBe(2);
});

test('a live run that stands elsewhere in history, or is of another execution, is thrown away', async () => {
  const session = createProgram({ orchestrators: [steps] }).session();
  const [a] = recordings(1);
  if (a === undefined) throw new Error('one was asked for');
  await a.turn(session);
  // A turn that was answered but never committed: the same inputs are asked for again.
  const [lost] = await session.turns([a.completed(1, '1').request()]);
  const again = await a.turn(session);
  expect(again).toEqual(lost);
  expect(a.pastReads).toBe(1);
  const other = a.completed(2, '1').request();
  const elsewhere = { ...other, executionId: other.executionId.replace('e', 'f') as typeof other.executionId };
  expect(actionsOf((await session.turns([elsewhere]))[0] ?? again)).toMatchObject([{ taskId: 3 }]);
  expect(a.pastReads).toBe(2);
});

test('a closed session keeps nothing, also of a turn that was under way', async () => {
  let drained: () => void = () => undefined;
  const drain = (): Promise<void> => new Promise((resolve) => (drained = resolve));
  const program = createProgram({ orchestrators: [steps], hotRunsMax: 1, drain });
  const [closed, open] = [program.session(), program.session()];
  const [a, b] = recordings(2);
  if (a === undefined || b === undefined) throw new Error('two were asked for');
  const drainOnce = async (): Promise<void> => {
    await new Promise((done) => setImmediate(done));
    drained();
  };
  const turn = b.turn(open);
  await drainOnce();
  await turn;
  const underWay = a.turn(closed);
  closed.close();
  await drainOnce();
  expect((await underWay).kind).toBe('completed');
  const next = b.completed(1, '1').turn(open);
  await drainOnce();
  await next;
  expect(b.pastReads).toBe(0);
});
