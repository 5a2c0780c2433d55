/** Which tests carry which rule, and what is missing: every rule is shown on the embedded log, every family of rules also on Kafka. */
import type { Title } from './titles.ts';

/** The rules of the programming model. */
export const rules: readonly string[] = [
  ...['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7'],
  ...['T1', 'T2', 'T3', 'M1', 'M2', 'E1', 'E2', 'E3', 'E4', 'C1', 'O1', 'O2'],
  ...['S1', 'S2', 'S3', 'S4', 'S7', 'S8', 'S9', 'V1', 'V4', 'D1'],
];

/** Rules whose time comes later; tests may carry them already. */
const laterRules: readonly string[] = ['T4', 'T5', 'S5', 'S6', 'V2', 'V3', 'D2', 'R1', 'R2', 'R3', 'R4', 'R5'];

export interface Coverage {
  readonly rule: string;
  readonly embedded: readonly Title[];
  readonly kafka: readonly Title[];
}

export function coverageOf(titles: readonly Title[]): readonly Coverage[] {
  return rules.map((rule) => {
    const carrying = titles.filter((title) => title.rules.includes(rule));
    const onKafka = (title: Title): boolean => title.file.startsWith('test/kafka/');
    return { rule, embedded: carrying.filter((title) => !onKafka(title)), kafka: carrying.filter(onKafka) };
  });
}

/** What is wrong, one sentence each. */
export function faultsOf(titles: readonly Title[]): readonly string[] {
  const coverage = coverageOf(titles);
  const bare = coverage.filter(({ embedded }) => embedded.length === 0).map(({ rule }) => `${rule} has no embedded test`);
  const families = [...new Set(rules.map((rule) => rule.charAt(0)))];
  const absent = families
    .filter((family) => !coverage.some(({ rule, kafka }) => rule.startsWith(family) && kafka.length > 0))
    .map((family) => `family ${family} has no Kafka test`);
  const known = new Set([...rules, ...laterRules]);
  const unknown = titles.flatMap(({ file, text, rules: carried }) =>
    carried.filter((rule) => families.includes(rule.charAt(0)) && !known.has(rule)).map((rule) => `${rule} is no rule: ${file}: ${text}`),
  );
  return [...bare, ...absent, ...unknown];
}
