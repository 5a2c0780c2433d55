import { describe, expect, test } from 'vitest';
import { createRegistry, defineActivity, defineEvent, defineOrchestrator, nameOf, versionOf } from '../../../sdk/define/index.ts';

const one = defineOrchestrator('one', () => Promise.resolve(1));
const oneV2 = defineOrchestrator({ name: 'one', version: '2.0' }, () => Promise.resolve(2));
const act = defineActivity('act', () => 1, { concurrency: 3 });
function plain(): Promise<number> {
  return Promise.resolve(1);
}

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('it was accepted');
}

describe('[A1] definitions are values', () => {
  test('[A1] they carry name, version, options and function', () => {
    expect(act).toMatchObject({ kind: 'activity', name: 'act', concurrency: 3 });
    expect([nameOf(oneV2), versionOf(oneV2), versionOf(one)]).toEqual(['one', '2.0', '']);
  });

  test('[A1] a plain named function is one too, an anonymous one is not', () => {
    expect(nameOf(plain)).toBe('plain');
    expect(codeOf(() => nameOf(() => 1))).toMatchObject({ code: 'INVALID_NAME', retryable: false });
  });

  test('[A1] a generator is an orchestrator, defined or plain', () => {
    function* steps(): Generator<PromiseLike<unknown>, number> {
      yield Promise.resolve();
      return 1;
    }
    const registry = createRegistry({ orchestrators: [steps, defineOrchestrator('named', steps)] });
    expect([registry.orchestrator('steps', '')?.fn, registry.orchestrator('named', '')?.fn]).toEqual([steps, steps]);
  });

  test('[A1] an event carries its name and its schema', () => {
    expect(defineEvent<number>()('approved')).toEqual({ kind: 'event', name: 'approved' });
    const schema = { parse: Number };
    expect(defineEvent<number>()('approved', schema)).toEqual({ kind: 'event', name: 'approved', schema });
  });

  test.each(['constructor', '__proto__', 'toString', ' ', 'a b', '/ ? #', '👩‍🚀', 'x'.repeat(256), 'é'.repeat(128)])(
    '[A1] %j names an event, an activity and an orchestrator',
    (name) => {
      expect(defineEvent()(name).name).toBe(name);
      const registry = createRegistry({ activities: [defineActivity(name, () => 1)], orchestrators: [defineOrchestrator(name, plain)] });
      expect([registry.activity(name)?.name, registry.orchestrator(name, '')?.name]).toEqual([name, name]);
    },
  );

  test.each(['', 'x'.repeat(257), 'é'.repeat(128) + 'x', 'a\ud800'])('[A1] no event is called %j', (name) => {
    expect(codeOf(() => defineEvent()(name))).toMatchObject({ code: 'INVALID_NAME', retryable: false });
  });

  test.each([0, -1, 1.5, NaN, Infinity])('[A1] a concurrency of %s is refused', (concurrency) => {
    expect(codeOf(() => defineActivity('act', () => 1, { concurrency }))).toMatchObject({ code: 'INVALID_CONCURRENCY' });
  });
});

describe('[A1] the registry', () => {
  test('[A1] refuses two of one name and version', () => {
    expect(codeOf(() => createRegistry({ orchestrators: [one, one] }))).toMatchObject({ code: 'DUPLICATE_NAME', retryable: false });
    expect(codeOf(() => createRegistry({ orchestrators: [oneV2, { ...oneV2 }] }))).toMatchObject({ code: 'DUPLICATE_NAME' });
    expect(codeOf(() => createRegistry({ activities: [plain, defineActivity('plain', () => 2)] }))).toMatchObject({
      code: 'DUPLICATE_NAME',
    });
  });

  test('[A1] a definition and a plain function of one name are two of one name', () => {
    expect(codeOf(() => createRegistry({ orchestrators: [plain, defineOrchestrator('plain', plain)] }))).toMatchObject({
      code: 'DUPLICATE_NAME',
    });
    expect(codeOf(() => createRegistry({ orchestrators: [one, defineOrchestrator({ name: 'one', version: '' }, plain)] }))).toMatchObject({
      code: 'DUPLICATE_NAME',
    });
  });

  test('[A1] one name may be an activity and an orchestrator, and an orchestrator in several versions', () => {
    const registry = createRegistry({
      activities: [defineActivity('one', () => 1)],
      orchestrators: [one, oneV2, defineOrchestrator({ name: 'one', version: '10.0' }, plain)],
    });
    expect(registry.orchestrators.map(({ version }) => version)).toEqual(['', '2.0', '10.0']);
    expect(registry.activity('one')).toBeDefined();
  });

  test('[A1] an anonymous function and what a circular import leaves undefined are refused', () => {
    expect(codeOf(() => createRegistry({ activities: [() => 1] }))).toMatchObject({ code: 'INVALID_NAME' });
    const missing = new Array<never>(1).fill(undefined as never);
    expect(codeOf(() => createRegistry({ activities: missing }))).toMatchObject({
      code: 'INVALID_NAME',
      cure: expect.stringContaining('circular import') as string,
    });
    expect(codeOf(() => createRegistry({ orchestrators: missing }))).toMatchObject({ code: 'INVALID_NAME' });
  });

  test.each(['', 'x'.repeat(257), '\ud800'])('[A1] refuses the name %j', (name) => {
    expect(codeOf(() => createRegistry({ activities: [defineActivity(name, () => 1)] }))).toMatchObject({ code: 'INVALID_NAME' });
    expect(codeOf(() => createRegistry({ orchestrators: [defineOrchestrator(name, plain)] }))).toMatchObject({ code: 'INVALID_NAME' });
  });

  test('[A1] takes names that objects have by nature', () => {
    const registry = createRegistry({ activities: [defineActivity('constructor', () => 1)] });
    expect(registry.activity('constructor')?.name).toBe('constructor');
    expect(registry.activity('__proto__')).toBe(undefined);
  });

  test('[V3] the exact version serves, else the unversioned one', () => {
    const both = createRegistry({ orchestrators: [one, oneV2] });
    expect(both.orchestrator('one', '2.0')?.version).toBe('2.0');
    expect(both.orchestrator('one', '')?.version).toBe('');
    expect(both.orchestrator('one', '3.0')?.version).toBe('');
    expect(createRegistry({ orchestrators: [oneV2] }).orchestrator('one', '3.0')).toBe(undefined);
  });
});
