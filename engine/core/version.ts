/**
 * The order of versions (SEMANTICS V1): the empty version ("unversioned") is the lowest, then whatever does not parse, by UTF-16 code
 * units, then the versions that parse, by their numbers.
 *
 * A version parses when it is, after an optional `v`, whole numbers with dots between them (any number of parts, missing ones are 0), then
 * perhaps a pre-release and build metadata as in SemVer 2 (https://semver.org, rules 9 to 11): a pre-release is below its release, its
 * parts are compared one by one, and build metadata does not count.
 */

/** Negative, 0 or positive as `a` is below, equal to or above `b`. Two versions may be equal and yet differ as text: `1.2` and `v1.2.0`. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '') return -1;
  if (b === '') return 1;
  const left = parsed(a);
  const right = parsed(b);
  if (left === undefined) return right === undefined ? compareText(a, b) : -1;
  if (right === undefined) return 1;
  return compareLists(left.numbers, right.numbers, compareNumbers, '0') || comparePreReleases(left.preRelease, right.preRelease);
}

interface ParsedVersion {
  /** As decimal digits: a date such as 20261231235959123 is past what a number holds exactly. */
  readonly numbers: readonly string[];
  /** Empty: a release. */
  readonly preRelease: readonly string[];
}

const pattern =
  /^v?(?<numbers>\d+(?:\.\d+)*)(?:-(?<preRelease>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

function parsed(version: string): ParsedVersion | undefined {
  const groups = pattern.exec(version)?.groups;
  if (groups === undefined) return undefined;
  return { numbers: groups['numbers']?.split('.') ?? [], preRelease: groups['preRelease']?.split('.') ?? [] };
}

function comparePreReleases(left: readonly string[], right: readonly string[]): number {
  if (left.length === 0) return right.length === 0 ? 0 : 1;
  if (right.length === 0) return -1;
  return compareLists(left, right, compareIdentifiers, undefined);
}

/** The first difference decides. A part that is missing counts as `missing`; without one, the shorter list is the lower. */
function compareLists(
  left: readonly string[],
  right: readonly string[],
  compare: (a: string, b: string) => number,
  missing: string | undefined,
): number {
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const a = left[at] ?? missing;
    const b = right[at] ?? missing;
    if (a === undefined) return -1;
    if (b === undefined) return 1;
    const order = compare(a, b);
    if (order !== 0) return order;
  }
  return 0;
}

/** SemVer 2, rule 11.4: numbers by value and below words, words by their characters. */
function compareIdentifiers(a: string, b: string): number {
  const aIsNumber = isDigits(a);
  if (aIsNumber !== isDigits(b)) return aIsNumber ? -1 : 1;
  return aIsNumber ? compareNumbers(a, b) : compareText(a, b);
}

function isDigits(text: string): boolean {
  return /^\d+$/.test(text);
}

function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, '');
  const right = b.replace(/^0+/, '');
  return left.length - right.length || compareText(left, right);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
