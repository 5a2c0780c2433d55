import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureBytesMax, type FailureDetails as FailureRecord } from '../../../schemas/index.ts';
import { fromFailure, NonRetriableError, TaskFailedError, toFailure } from '../../../sdk/values/index.ts';

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
