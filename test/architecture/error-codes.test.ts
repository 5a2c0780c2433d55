import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

/** ARCHITECTURE.md lists every error code that a source can give, and no other. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const rooms = ['schemas', 'engine', 'partition-worker', 'sdk', 'deploy'];

describe('error codes', () => {
  const given = new Map(
    sourceFiles().flatMap((path) => codesIn(readFileSync(`${root}/${path}`, 'utf8')).map((code) => [code, path] as const)),
  );
  const listed = codesOn(readFileSync(`${root}/ARCHITECTURE.md`, 'utf8'));

  test('every code in the sources is on the page', () => {
    expect([...given].filter(([code]) => !listed.includes(code)).map(([code, path]) => `${code} of ${path}`)).toEqual([]);
    expect(given.size).toBeGreaterThan(100);
  });

  test('every code on the page is in the sources, and there once', () => {
    expect(listed.filter((code) => !given.has(code))).toEqual([]);
    expect(listed.filter((code, at) => listed.indexOf(code) !== at)).toEqual([]);
  });
});

/** Each of the ways in which a source gives a code, and what only looks like one. */
const planted = [
  ['a thrown error', "throw new OperationalError('A_B', 'words', { retryable: true });", ['A_B']],
  ['a broken invariant', "throw new BrokenError(\n  'A_B',\n  `words`,\n);", ['A_B']],
  ['one of two codes', "throw new OperationalError(late ? 'A_B' : (odd ? 'C_D' : known ?? 'E_F'), '');", ['A_B', 'C_D', 'E_F']],
  ['a refusal', "return { kind: 'refused', refusal: { code: 'A_B', message: '' } };", ['A_B']],
  ['a failure of our own making', "return { ...failure, errorType: 'TooManyThings' };", ['TooManyThings']],
  ['an error class', "class Full extends Error { readonly code: string = 'A_B'; }", ['A_B']],
  ['a class made of ours', "class Full extends OperationalError { constructor() { super('A_B', ''); } }", ['A_B']],
  ['a class of its own', "class Full extends Error { constructor(code: string) { super(); } }\nnew Full('A_B');", ['A_B']],
  ['a constant', "const overloadedCode = 'A_B';", ['A_B']],
  ['a function that is given one', "function refuse(name: string, code: string): void {}\nrefuse('NO_CODE', 'A_B');", ['A_B']],
  ['a method that is given one', "class C { wrong(code: string): void {} }\nargs.wrong('A_B');", ['A_B']],
  ['a code made elsewhere', "import { wrong } from './x.ts';\nthrow args.wrong('A_B', '');", ['A_B']],
  ['a comparison', "if (error.code === 'A_B') retry();", []],
  ['another string', "const unit = 'A_B'; mark('A_B'); // code: 'A_B'", []],
] as const;

describe('the scan', () => {
  test.for(planted)('%s', ([, source, codes]) => {
    expect(codesIn(source)).toEqual(codes);
  });

  test('reads the first column of the tables, and the line of inner codes', () => {
    const page =
      '# A\n`NO_CODE`\n\n## Error codes\n\n| code | when |\n| --- | --- |\n| `A_B`, `C_D` | as `NO_CODE` |\n\n_Inside only:_ `E_F`,\n`G_H`.\n\n`NO_CODE`\n\n## More\n\n| `NO_CODE` | x |\n';
    expect(codesOn(page)).toEqual(['A_B', 'C_D', 'E_F', 'G_H']);
  });
});

function sourceFiles(): readonly string[] {
  return rooms.flatMap((room) =>
    readdirSync(`${root}/${room}`, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.gen.ts') && !path.endsWith('.d.ts'))
      .map((path) => `${room}/${path}`),
  );
}

/** Functions and classes of ours that are given a code, and as which argument; those a file declares itself are found in it. */
const givenCodes: ReadonlyMap<string, number> = new Map([
  ...[
    'OperationalError',
    'BrokenError',
    'UsageError',
    'NegativeOutcome',
    'SerializationError',
    'super',
    'wrong',
    'refused',
    'plainFailure',
  ].map((name) => [name, 0] as const),
]);

/** The string literals that stand where a code does. */
function codesIn(source: string): readonly string[] {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
  const callees = new Map(givenCodes);
  const codes: string[] = [];
  visit(file, (node) => {
    const declared = isFunction(node) ? node.parameters.findIndex(({ name }) => isCodeName(name)) : -1;
    if (isFunction(node) && declared >= 0) callees.set(nameOf(node), declared);
  });
  visit(file, (node) => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const at = callees.get(calleeOf(node.expression));
      if (at !== undefined) codes.push(...literalsOf(node.arguments?.[at]));
    } else if (ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node)) {
      if (isCodeName(node.name)) codes.push(...literalsOf(node.initializer));
    }
  });
  // What abstract-level calls its own errors is only compared with; `Error` is every failure of which no more is known.
  return codes.filter((code) => !code.startsWith('LEVEL_') && code !== 'Error');
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => {
    visit(child, look);
  });
}

function isFunction(node: ts.Node): node is ts.FunctionDeclaration | ts.MethodDeclaration | ts.ConstructorDeclaration {
  return ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isConstructorDeclaration(node);
}

function isCodeName(name: ts.Node): boolean {
  return ts.isIdentifier(name) && /^(?:code|errorType|\w+Code)$/.test(name.text);
}

function nameOf(node: ts.FunctionDeclaration | ts.MethodDeclaration | ts.ConstructorDeclaration): string {
  const named = ts.isConstructorDeclaration(node) ? node.parent.name : node.name;
  return named !== undefined && (ts.isIdentifier(named) || ts.isPrivateIdentifier(named)) ? named.text : '';
}

function calleeOf(expression: ts.Expression): string {
  if (expression.kind === ts.SyntaxKind.SuperKeyword) return 'super';
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text;
  return ts.isIdentifier(expression) ? expression.text : '';
}

/** A literal, or those between which an expression chooses; a message given to `super` has blanks and is none. */
function literalsOf(expression: ts.Expression | undefined): readonly string[] {
  if (expression === undefined) return [];
  if (ts.isStringLiteral(expression)) return /^[A-Z]\w+$/.test(expression.text) ? [expression.text] : [];
  if (ts.isConditionalExpression(expression)) return [...literalsOf(expression.whenTrue), ...literalsOf(expression.whenFalse)];
  if (ts.isBinaryExpression(expression)) return [...literalsOf(expression.left), ...literalsOf(expression.right)];
  return ts.isParenthesizedExpression(expression) ? literalsOf(expression.expression) : [];
}

function codesOn(page: string): readonly string[] {
  const section = /^## Error codes$([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(page)?.[1] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  const inner = section.split('\n\n').filter((paragraph) => paragraph.startsWith('_Inside only:_'));
  const texts = [...rows.map((row) => row.split('|')[1] ?? ''), ...inner];
  return texts.flatMap((text) => [...text.matchAll(/`([A-Z]\w+)`/g)].map((match) => match[1] ?? ''));
}
