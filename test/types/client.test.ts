/** What the compiler makes of client calls. `tsc` checks this file; running it shows that the calls reach the log as written. */
import { expect, expectTypeOf, test } from 'vitest';
import { CommandBatcher } from '../../engine/log/index.ts';
import { createInProcessClient, type DurableClient, type OrchestrationHandle, type OrchestrationState } from '../../sdk/client/index.ts';
import { defineOrchestrator, type Orchestrator, type OrchestrationContext } from '../../sdk/define/index.ts';
import { FakeReads, FakeSink } from '../unit/api/fakes.ts';

interface Order {
  readonly id: string;
  readonly cost: number;
}
const purchase = defineOrchestrator('purchase', (_ctx, order: Order) =>
  Promise.resolve(order.cost > 5 ? ('asked' as const) : ('bought' as const)),
);
const backup = defineOrchestrator('backup', () => Promise.resolve({ files: 1, bytes: 2 }));
function* plain(_ctx: OrchestrationContext, city: string): Generator<PromiseLike<unknown>, number> {
  yield Promise.resolve();
  return city.length;
}
/** Known by its types alone, as when another program runs it. */
const remote: Orchestrator<'remote', { readonly a: number }, boolean> = { kind: 'orchestrator', name: 'remote' };

function given(): { client: DurableClient; sink: FakeSink } {
  const sink = new FakeSink();
  const commands = new CommandBatcher(sink, { overloadedCode: 'CLIENT_OVERLOADED' });
  return { client: createInProcessClient({ commands, reads: new FakeReads() }), sink };
}
const produced = { ack: 'produced' } as const;

test('input and output are inferred from the definition', async () => {
  const { client } = given();
  const handle = await client.scheduleNewOrchestration(purchase, { id: 'po-1', cost: 5 }, produced);
  expectTypeOf(handle).toEqualTypeOf<OrchestrationHandle<Order, 'asked' | 'bought'>>();
  expectTypeOf(client.waitForOrchestrationCompletion(handle)).resolves.toEqualTypeOf<
    OrchestrationState<Order, 'asked' | 'bought'> | undefined
  >();
  const withoutInput = await client.scheduleNewOrchestration(backup, undefined, produced);
  expectTypeOf(withoutInput.result).returns.resolves.toEqualTypeOf<{ files: number; bytes: number }>();
  const ofGenerator = await client.scheduleNewOrchestration(plain, 'Oslo', produced);
  expectTypeOf(ofGenerator.result).returns.resolves.toEqualTypeOf<number>();
  expectTypeOf(await client.scheduleNewOrchestration(remote, { a: 1 }, produced)).toEqualTypeOf<
    OrchestrationHandle<{ readonly a: number }, boolean>
  >();
  expectTypeOf(client.getOrchestration(purchase, 'po-1').result).returns.resolves.toEqualTypeOf<'asked' | 'bought'>();
  const byName = await client.scheduleNewOrchestration<string>('anything', { any: 'thing' }, produced);
  expectTypeOf(byName.result).returns.resolves.toEqualTypeOf<string>();
});

test('a handle of any orchestration fits where one is wanted', () => {
  const { client } = given();
  const handles: OrchestrationHandle[] = [client.getOrchestration(purchase, 'a'), client.getOrchestration(backup, 'b')];
  expect(handles.map((handle) => handle.instanceId)).toEqual(['a', 'b']);
});

test('the state tells by its status what else is there', () => {
  const output = (state: OrchestrationState<Order, 'asked'>): unknown => {
    if (state.runtimeStatus === 'Completed') expectTypeOf(state.output).toEqualTypeOf<'asked'>();
    // @ts-expect-error only a failure has details
    return state.failureDetails;
  };
  expect(output).toBeTypeOf('function');
});

test('wrong inputs do not compile', async () => {
  const { client, sink } = given();
  // @ts-expect-error a number is no string
  await client.scheduleNewOrchestration(purchase, { id: 1, cost: 5 }, produced);
  // @ts-expect-error the cost is missing
  await client.scheduleNewOrchestration(purchase, { id: 'po-1' }, produced);
  // @ts-expect-error the generator takes a string
  await client.scheduleNewOrchestration(plain, 5, produced);
  // @ts-expect-error an unknown option
  await client.scheduleNewOrchestration(purchase, { id: 'po-1', cost: 5 }, { ack: 'produced', colour: 'red' });
  expect(sink.sends.flatMap((sent) => sent.records)).toHaveLength(4);
  const missing = (): Promise<unknown> =>
    // @ts-expect-error the input is missing
    client.scheduleNewOrchestration(purchase);
  expect(missing).toBeTypeOf('function');
});
