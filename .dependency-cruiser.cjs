/**
 * The rooms of the house and who may enter which. ARCHITECTURE.md draws the same picture; test/architecture/boundaries.test.ts
 * plants a breach of every rule below and expects it to be found.
 *
 *   schemas  <-  engine  <-  partition-worker  <-  sdk  <-  test, deploy
 */

/** A folder with one door, its index.ts. The longer names stand first: `engine/log/kafka` is a room of its own, not a part of `engine/log`. */
const room = '(?:schemas|engine/log/(?:local|memory|kafka)|engine/[^/]+|(?:partition-worker|sdk)/[^/]+)(?=/)';
/** What every room shows: its door, and the two files that are doors by themselves (the registry client costs more to load than the codec). */
const door = '(?:/index\\.ts$|^schemas/registry\\.ts$)';
/** Our own production code: all but the generator, which is not shipped. */
const production = '^(?!schemas/(?:generate|emit)\\.ts$)(?:schemas|engine|partition-worker|sdk)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    // Directions
    {
      name: 'schemas-know-nobody',
      comment: 'What crosses a wire is the ground floor: it imports no other part of the house.',
      severity: 'error',
      from: { path: '^schemas/' },
      to: { path: '^(?:engine|partition-worker|sdk|test|deploy)/' },
    },
    {
      name: 'engine-knows-only-schemas',
      severity: 'error',
      from: { path: '^engine/' },
      to: { path: '^(?:partition-worker|sdk|test|deploy)/' },
    },
    {
      name: 'worker-knows-no-sdk',
      severity: 'error',
      from: { path: '^partition-worker/' },
      to: { path: '^(?:sdk|test|deploy)/' },
    },
    {
      name: 'sdk-knows-no-test-or-deploy',
      severity: 'error',
      from: { path: '^sdk/' },
      to: { path: '^(?:test|deploy)/' },
    },
    {
      name: 'deploy-knows-no-test',
      severity: 'error',
      from: { path: '^deploy/' },
      to: { path: '^test/' },
    },
    {
      name: 'core-is-deaf',
      comment: 'The core imports schemas and itself: no Node module, no package, no other room of the engine.',
      severity: 'error',
      from: { path: '^engine/core/' },
      to: { pathNot: '^(?:schemas|engine/core)/' },
    },
    {
      name: 'port-knows-no-adapter',
      comment: 'The log port is what its adapters are written against, never the other way round.',
      severity: 'error',
      from: { path: '^engine/log/[^/]+\\.ts$' },
      to: { path: '^engine/log/[^/]+/' },
    },
    {
      name: 'client-loads-no-worker',
      comment: 'A program that only starts orchestrations does not load the code that runs them, not even by way of a third room.',
      severity: 'error',
      from: { path: '^sdk/client/' },
      to: { path: '^partition-worker/', reachable: true },
    },

    // Doors
    {
      name: 'through-the-door',
      comment: "Another room is imported through its index.ts only: what stands behind the door is the room's own business.",
      severity: 'error',
      from: { path: `^(${room})` },
      to: { path: `^${room}`, pathNot: ['^$1/(?!(?:local|memory|kafka)/)', door] },
    },
    {
      name: 'through-the-door-from-outside',
      comment: 'The same for code that stands in no room (sdk/index.ts, deploy). Tests may look inside a room.',
      severity: 'error',
      from: { pathNot: [`^${room}`, '^test/'] },
      to: { path: `^${room}`, pathNot: door },
    },
    {
      name: 'through-the-front-door',
      comment:
        "What stands between a floor's rooms (its limits, its composition) is the floor's own; others see its index.ts and the injected runtime.",
      severity: 'error',
      from: { path: '^([^/]+)/', pathNot: '^test/' },
      to: {
        path: '^(?:engine|partition-worker|sdk)/[^/]+\\.ts$',
        pathNot: ['^$1/', '^[^/]+/index\\.ts$', '^partition-worker/runtime\\.ts$'],
      },
    },

    // Packages
    {
      name: 'kafkajs-in-one-place',
      comment: 'KafkaJS is unmaintained and full of traps: one room knows it, so that one room can replace it.',
      severity: 'error',
      from: { pathNot: '^(?:engine/log/kafka|test/kafka|test/unit/schemas|deploy)/' },
      to: { path: 'node_modules/kafkajs/' },
    },
    {
      name: 'avsc-in-one-place',
      severity: 'error',
      from: { pathNot: '^(?:schemas|test/unit/schemas)/' },
      to: { path: 'node_modules/(?:avsc|@kafkajs/confluent-schema-registry)/' },
    },
    {
      name: 'leveldb-in-two-places',
      severity: 'error',
      from: { pathNot: '^engine/(?:log/local|state)/' },
      to: { path: 'node_modules/(?:classic-level|abstract-level)/' },
    },
    {
      name: 'no-development-package-in-production',
      comment: 'Users install `dependencies` only.',
      severity: 'error',
      from: { path: production },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },

    // Hygiene
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved-import', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-orphans',
      comment: 'A module that imports nothing and is imported by nothing is left over.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: ['\\.d\\.ts$', '/(?:main|generate)\\.ts$', '^test/.*\\.test\\.ts$', '^test/kafka/broker\\.setup\\.ts$'],
      },
      to: {},
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
