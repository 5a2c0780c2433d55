import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Refused everywhere: each of these hides something from the compiler or from the reader. */
const refusedSyntax = [
  {
    selector: 'TSAsExpression > TSAsExpression > TSUnknownKeyword',
    message: 'A cast through unknown switches the compiler off: narrow the value or change the type.',
  },
];

/** The core is deaf: no clock, chance, I/O, logging or waiting. Time and everything else arrive on the input. */
const refusedInCore = [
  { selector: "NewExpression[callee.name='Date']", message: 'Time comes in on the input (atMs).' },
  { selector: ':function[async=true]', message: 'The core is synchronous.' },
  { selector: 'AwaitExpression, ForOfStatement[await=true]', message: 'The core is synchronous.' },
];

const refusedInTests = [
  {
    selector: 'MemberExpression[object.name=/^(test|it|describe|suite)$/][property.name=/^(only|skip|todo)$/]',
    message: 'A test either runs or is deleted.',
  },
];

/** A test function holds a whole story, and vitest's matchers take methods apart from their objects. */
const relaxedForTests = {
  'max-lines-per-function': 'off',
  '@typescript-eslint/unbound-method': 'off',
  '@typescript-eslint/no-empty-function': 'off',
};

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'node_modules/', '.cache/', '.perdure/', '**/*.gen.ts', '**/*.js', '**/*.cjs', '**/*.mjs']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { noInlineConfig: true },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true }],
      'no-restricted-syntax': ['error', ...refusedSyntax],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true } }],
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^\\.{1,2}/(?!.*\\.(ts|json)$)', message: 'A relative import ends in .ts.' }] },
      ],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipComments: true, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
      complexity: ['error', 15],
    },
  },
  {
    files: ['engine/core/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'Promise'],
        ...['fetch', 'crypto', 'performance', 'console', 'Buffer', 'globalThis'],
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Time comes in on the input (atMs).' },
        { object: 'Math', property: 'random', message: 'Chance comes in on the input.' },
      ],
      'no-restricted-syntax': ['error', ...refusedSyntax, ...refusedInCore],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      ...relaxedForTests,
      'no-restricted-syntax': ['error', ...refusedSyntax, ...refusedInTests],
      // Type tests prove that a wrong call does not compile.
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': 'allow-with-description', 'ts-ignore': true, 'ts-nocheck': true },
      ],
    },
  },
  { files: ['vitest.config.ts', 'test/kafka/broker.setup.ts'], rules: { 'no-restricted-exports': 'off' } },
);
