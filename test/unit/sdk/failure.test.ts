import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureBytesMax, type FailureDetails as FailureRecord } from '../../../schemas/index.ts';
import { payloadMatrix } from './payload-matrix.ts';
import { CancelledError, fromFailure, NonRetriableError, TaskFailedError, TimeoutError, toFailure } from '../../../sdk/values/index.ts';

class CardDeclined extends Error {}

function chainOf(record: FailureRecord): string[] {
  return [record.message, ...(record.cause === null ? [] : chainOf(record.cause))];
}

/** Of its texts, and of lengths and marks around them as the binary format has them. */
function bytesOf(record: FailureRecord): number {
  const texts = [record.errorType, record.message, record.stack ?? '', record.properties ?? ''];
  const below = [...(record.cause === null ? [] : [record.cause]), ...record.errors];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 4, 8) + below.reduce((sum, failure) => sum + bytesOf(failure), 0);
}

describe('[T2] a thrown value becomes failure details', () => {
  test('[T2] type, message and stack of an error', () => {
    const record = toFailure(new CardDeclined('no funds'));
    expect(record).toMatchObject({
      errorType: 'CardDeclined',
      message: 'no funds',
      nonRetriable: false,
      cause: null,
      errors: [],
      properties: null,
    });
    expect(record.stack).toContain('failure.test');
  });

  test.each<[string, unknown, string, string]>([
    ['a custom name', Object.assign(new Error('x'), { name: 'E_CARD' }), 'E_CARD', 'x'],
    ['a built-in error', new RangeError('far'), 'RangeError', 'far'],
    ['an empty message', new Error(''), 'Error', ''],
    ['throw null', null, 'ThrownValue', 'null'],
    ['throw undefined', undefined, 'ThrownValue', 'undefined'],
    ["throw 'x'", 'x', 'ThrownValue', 'x'],
    ['an object', { code: 7 }, 'ThrownValue', '{"code":7}'],
    ['an object with a message', { message: 'said so' }, 'ThrownValue', 'said so'],
    ['a symbol', Symbol('s'), 'ThrownValue', 'Symbol(s)'],
    ['a lone surrogate', new Error('a\ud800'), 'Error', 'a\ufffd'],
  ])('[T2] %s', (_title, thrown, errorType, message) => {
    expect(toFailure(thrown)).toMatchObject({ errorType, message });
  });

  test('[T2] the cause chain, 10 deep', () => {
    let error = new Error('e1');
    for (let at = 2; at <= 12; at++) error = new Error(`e${String(at)}`, { cause: error });
    expect(chainOf(toFailure(error))).toEqual(['e12', 'e11', 'e10', 'e9', 'e8', 'e7', 'e6', 'e5', 'e4', 'e3']);
  });

  test('[T2] cycles of causes are cut', () => {
    const a = new Error('a');
    const b = new Error('b', { cause: a });
    a.cause = b;
    expect(chainOf(toFailure(a))).toEqual(['a', 'b']);
  });

  test('[T2] the errors of an AggregateError', () => {
    const record = toFailure(new AggregateError([new CardDeclined('one'), 'two'], 'both'));
    expect(record).toMatchObject({ errorType: 'AggregateError', message: 'both' });
    expect(record.errors.map(({ errorType, message }) => [errorType, message])).toEqual([
      ['CardDeclined', 'one'],
      ['ThrownValue', 'two'],
    ]);
  });

  test('[T2] NonRetriableError keeps its mark, its properties and its cause', () => {
    const record = toFailure(new NonRetriableError('bad amount', { cause: new Error('why'), properties: { cents: -1 } }));
    expect(record).toMatchObject({ errorType: 'NonRetriableError', nonRetriable: true, properties: '{"cents":-1}' });
    expect(record.cause?.message).toBe('why');
  });

  test("[T2] a system error's code is among the properties", () => {
    expect(toFailure(Object.assign(new Error('gone'), { code: 'ENOENT' })).properties).toBe('{"code":"ENOENT"}');
  });

  test('[T2] at most 64 KiB, cut with a mark', () => {
    const huge = 'ü'.repeat(100_000);
    const record = toFailure(
      new Error(huge, {
        cause: new AggregateError(
          Array.from({ length: 50 }, () => new Error(huge)),
          huge,
        ),
      }),
    );
    expect(bytesOf(record)).toBeLessThanOrEqual(failureBytesMax);
    expect(record.message.endsWith('… [cut]')).toBe(true);
    expect(record.message.isWellFormed()).toBe(true);
    expect(toFailure(new NonRetriableError('x', { properties: { huge } })).properties).toBe('{"cut":"200011 bytes of properties"}');
    expect(toFailure(new NonRetriableError('x', { properties: { a: 1n } })).properties).toContain('BigInt');
  });

  test('[T2] of a chain of long errors each keeps its type, the beginning of its message, and where it happened', () => {
    const huge = 'ü'.repeat(100_000);
    let error = new CardDeclined(`1 ${huge}`);
    for (let at = 2; at <= 10; at++) error = new CardDeclined(`${String(at)} ${huge}`, { cause: error });
    const chain: FailureRecord[] = [];
    for (let at: FailureRecord | null = toFailure(error); at !== null; at = at.cause) chain.push(at);
    expect(chain.map(({ message }) => message.split(' ')[0])).toEqual(['10', '9', '8', '7', '6', '5', '4', '3', '2', '1']);
    for (const failure of chain) {
      expect(failure.errorType).toBe('CardDeclined');
      expect(failure.message.endsWith('… [cut]')).toBe(true);
      expect(failure.stack).toMatch(/^Error: … \[cut\]\n +at .*failure\.test/);
    }
    expect(bytesOf(toFailure(error))).toBeLessThanOrEqual(failureBytesMax);
  });

  test('[T2] of many errors in an AggregateError the first are kept, and it says how many were not', () => {
    const errors = Array.from({ length: 50 }, (_item, at) => new Error(`e${String(at)} ${'x'.repeat(10_000)}`));
    const record = toFailure(new AggregateError(errors, 'all failed', { cause: new Error('the network') }));
    expect(record.errors.map(({ message }) => message.split(' ')[0])).toEqual([
      ...Array.from({ length: 20 }, (_item, at) => `e${String(at)}`),
      '30',
    ]);
    expect(record.errors.at(-1)?.message).toBe('30 more errors … [cut]');
    expect(record.cause?.message).toBe('the network');
    expect(bytesOf(record)).toBeLessThanOrEqual(failureBytesMax);
  });

  test('[T2] an AggregateError that contains itself is cut', () => {
    const inner: unknown[] = [];
    const error = new AggregateError([], 'round');
    error.errors = inner;
    inner.push(error, new Error('other'));
    expect(toFailure(error).errors.map(({ message }) => message)).toEqual(['other']);
  });

  test('[T2] causes that are no errors survive too', () => {
    expect(toFailure(new Error('x', { cause: 'the disk' })).cause).toMatchObject({ errorType: 'ThrownValue', message: 'the disk' });
    expect(toFailure(new Error('x', { cause: { code: 5 } })).cause).toMatchObject({ message: '{"code":5}', properties: '{"code":5}' });
    expect(toFailure({ cause: new Error('below'), message: '' })).toMatchObject({ message: '', cause: { message: 'below' } });
  });

  test('[T2] errors of the platform and of other realms', () => {
    expect(toFailure(new DOMException('stopped', 'AbortError'))).toMatchObject({ errorType: 'AbortError', message: 'stopped' });
    expect(toFailure(runInNewContext("new RangeError('far')"))).toMatchObject({ errorType: 'RangeError', message: 'far' });
    expect(toFailure(new CancelledError())).toMatchObject({ errorType: 'CancelledError', nonRetriable: false });
    expect(toFailure(new TimeoutError('late'))).toMatchObject({ errorType: 'TimeoutError', message: 'late' });
  });

  test('[T2] whatever is thrown, describing it does not throw', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('get');
        },
        getPrototypeOf: () => {
          throw new Error('prototype');
        },
      },
    );
    expect(toFailure(hostile).errorType).toBe('ThrownValue');
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true, withSparseArray: true }), (thrown) => {
        expect(bytesOf(toFailure(thrown))).toBeLessThanOrEqual(failureBytesMax);
      }),
    );
  });
});

describe('[T2] and comes back to the awaiter', () => {
  const thrown = new CardDeclined('no funds', { cause: new NonRetriableError('limit', { properties: { cents: 5 } }) });
  const record = toFailure(thrown);

  test('[T2] details read the same, and is() goes by type', () => {
    const details = fromFailure(record);
    expect(details).toMatchObject({
      errorType: 'CardDeclined',
      message: 'no funds',
      cause: { errorType: 'NonRetriableError', properties: { cents: 5 } },
    });
    expect([details.is('CardDeclined'), details.is(CardDeclined), details.is(Error), details.is(RangeError), details.is('limit')]).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test('[T2] details are equal at every replay, also as JSON', () => {
    expect(fromFailure(record)).toEqual(fromFailure(record));
    expect(JSON.parse(JSON.stringify(fromFailure(record)))).toMatchObject({
      errorType: 'CardDeclined',
      stack: record.stack,
      nonRetriable: false,
    });
    const thrownAgain = (): unknown => toFailure(new TaskFailedError({ name: 'charge', id: 3, attempt: 1 }, fromFailure(record)));
    expect(thrownAgain()).toEqual(thrownAgain());
  });

  test('[T2] properties that another program wrote badly are left out, and the rest is read', () => {
    expect(fromFailure({ ...record, properties: '{oops' }).properties).toBe(undefined);
    expect(fromFailure({ ...record, properties: '[1]' }).properties).toBe(undefined);
    expect(fromFailure({ ...record, properties: '{"a":1}' })).toMatchObject({ message: 'no funds', properties: { a: 1 } });
  });

  test('[T2] a failed sub-orchestration reads as one', () => {
    const error = new TaskFailedError({ kind: 'orchestrator', name: 'ship', id: 2, attempt: 1 }, fromFailure(record));
    expect(error.message).toBe("sub-orchestration 'ship' (task 2) failed: CardDeclined: no funds");
    expect(error.stack).toContain('sub-orchestration');
  });

  test.each(payloadMatrix.map((row) => [row.title, row] as const))('[T2] [A7] properties of an error: %s', (title, { value, outcome }) => {
    const { properties, message } = fromFailure(toFailure(new NonRetriableError('x', { properties: { value: value() } })));
    expect(message).toBe('x');
    // Describing a failure never fails: properties that do not cross, or are too many, are replaced by a mark that says so. In here a value stands one level deeper.
    const isCut = outcome.kind === 'refused' || title === '1,000 levels' || (typeof outcome.as === 'string' && outcome.as.length > 16_000);
    if (isCut) {
      expect(properties).toEqual({ cut: expect.any(String) as string });
      return;
    }
    expect(JSON.stringify(properties)).toBe(JSON.stringify({ value: outcome.as }));
  });

  test('[T2] the other errors of tasks have fixed stacks as well', () => {
    const make = (): Error[] => [new CancelledError(), new TimeoutError('no answer within 5 m')];
    const elsewhere = (): Error[] => make();
    expect(make().map(({ stack }) => stack)).toEqual(elsewhere().map(({ stack }) => stack));
    expect(make().map(({ stack }) => stack)).toEqual(['CancelledError: it was canceled', 'TimeoutError: no answer within 5 m']);
  });

  test('[T2] TaskFailedError names the task, carries the chain, and its own stack is fixed text', () => {
    const make = (): TaskFailedError => new TaskFailedError({ name: 'charge', id: 3, attempt: 1 }, fromFailure(record));
    const elsewhere = (): TaskFailedError => make();
    expect(make()).toMatchObject({ taskName: 'charge', attempt: 1, message: "activity 'charge' (task 3) failed: CardDeclined: no funds" });
    expect(make().cause).toMatchObject({ name: 'CardDeclined', message: 'no funds', cause: { name: 'NonRetriableError' } });
    expect(make().stack).toBe(elsewhere().stack);
    expect(make().stack).not.toContain('.test.ts');
  });

  test('[T2] rethrown, it keeps what it was recorded with', () => {
    const again = toFailure(new TaskFailedError({ name: 'charge', id: 3, attempt: 1 }, fromFailure(record)));
    expect(again).toMatchObject({ errorType: 'TaskFailedError', nonRetriable: false });
    expect(again.cause).toEqual(record);
  });
});
