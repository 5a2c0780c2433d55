/** Finds the titles of tests in sources, without running them, and the rules that the titles carry in brackets. */
import ts from 'typescript';

export interface Title {
  readonly file: string;
  /** The titles of the groups around it and its own, joined. */
  readonly text: string;
  /** Ids such as E2, from `[E2]` or `[E2, C1]`. */
  readonly rules: readonly string[];
}

/** Every test in `source`; values in a template title are shown as `…`. */
export function titlesIn(file: string, source: string): readonly Title[] {
  const titles: Title[] = [];
  const visit = (node: ts.Node, groups: readonly string[]): void => {
    const called = ts.isCallExpression(node) ? calledIn(node) : undefined;
    if (called === undefined) {
      ts.forEachChild(node, (child) => {
        visit(child, groups);
      });
      return;
    }
    const path = [...groups, called.title];
    if (called.kind === 'test') titles.push({ file, text: path.join(' > '), rules: rulesIn(path.join(' ')) });
    for (const argument of called.rest) visit(argument, path);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest), []);
  return titles;
}

function rulesIn(title: string): readonly string[] {
  const ids = [...title.matchAll(/\[([A-Z]\d+(?:, ?[A-Z]\d+)*)\]/g)].flatMap(([, list]) => (list ?? '').split(/, ?/));
  return [...new Set(ids)];
}

interface Called {
  readonly kind: 'test' | 'group';
  readonly title: string;
  readonly rest: readonly ts.Expression[];
}

/** `test('…', …)`, `test.for(…)('…', …)`, `describe.each(…)('…', …)` and the like. */
function calledIn(call: ts.CallExpression): Called | undefined {
  const name = rootOf(call.expression);
  const kind = name === 'describe' || name === 'suite' ? 'group' : name === 'test' || name === 'it' ? 'test' : undefined;
  const [first, ...rest] = call.arguments;
  const title = first === undefined ? undefined : textOf(first);
  return kind === undefined || title === undefined ? undefined : { kind, title, rest };
}

function rootOf(expression: ts.Expression): string | undefined {
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isPropertyAccessExpression(expression) || ts.isCallExpression(expression)) return rootOf(expression.expression);
  return ts.isTaggedTemplateExpression(expression) ? rootOf(expression.tag) : undefined;
}

function textOf(expression: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(expression)) return expression.text;
  if (!ts.isTemplateExpression(expression)) return undefined;
  return expression.head.text + expression.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
}
