import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** Every room says what it is, and no page speaks of a file that is not there. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const floors = ['schemas', 'engine', 'partition-worker', 'sdk', 'test', 'deploy'];
const files = floors.flatMap((floor) =>
  readdirSync(join(root, floor), { recursive: true, encoding: 'utf8' }).map((path) => join(floor, path)),
);
const pages = [...readdirSync(root), ...files].filter((path) => path.endsWith('.md'));

/** What a reader makes by following the README, and the door that every room has. */
const anywhere = ['first.mts', 'index.ts'];

describe('pages', () => {
  const rooms = files.filter((path) => path.endsWith('/index.ts')).map((path) => dirname(path));
  // The tools for a local broker are explained one folder up, where one looks for them.
  test.for(rooms.filter((room) => room !== 'deploy/kafka-local'))('%s has a page of its own', (room) => {
    expect(existsSync(join(root, room, 'README.md'))).toBe(true);
  });

  test.for(pages)('%s names only files that exist', (page) => {
    const found = filesNamedIn(readFileSync(join(root, page), 'utf8'));
    expect(
      found.filter((name) => !anywhere.includes(name) && ![dirname(page), '.'].some((folder) => existsSync(join(root, folder, name)))),
    ).toEqual([]);
  });

  test('the scan sees names in backquotes and targets of links, and no patterns', () => {
    const text =
      'In `a.ts`, `b/c.avsc` and `d/README.md`; `*.avsc`, `<dir>/e.ts`, `1.5`, `x.y.z`. See [f](g.md#h), [i](https://j.org/k.md), [l](#m).';
    expect(filesNamedIn(text)).toEqual(['a.ts', 'b/c.avsc', 'd/README.md', 'g.md']);
  });
});

function filesNamedIn(text: string): readonly string[] {
  const quoted = [...text.matchAll(/`([\w./-]+\.(?:ts|mts|md|avsc|json|cjs))`/g)];
  const linked = [...text.matchAll(/\]\((?!\w+:)([^)#]+)(?:#[^)]*)?\)/g)];
  return [...quoted, ...linked].map((match) => match[1] ?? '');
}
