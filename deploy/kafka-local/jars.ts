/** Apache Kafka's jars, fetched once by Maven into a cache of the user's and shared by every clone. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { OperationalError } from '../../schemas/index.ts';

export const kafkaVersion: string = '4.4.0';

const javaMajorMin = 17;

/** Where the jars and the class archive live; `PERDURE_KAFKA_HOME` names another place. */
export function kafkaHome(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return process.env['PERDURE_KAFKA_HOME'] ?? join(cache, 'perdure', `kafka-${kafkaVersion}`);
}

/** Names what is missing to run the jars; empty when all is there. Maven is wanted only for the first fetch. */
export function missingTools(): string[] {
  const missing: string[] = [];
  if (!javaFits()) missing.push(`Java ${String(javaMajorMin)} or later is`);
  if (cachedJars() === undefined && spawnSync('mvn', ['--version'], { stdio: 'ignore' }).status !== 0) missing.push('Maven is');
  return missing;
}

/** The class path, as Java wants it; fetches the jars the first time. @throws OperationalError `BROKER_UNAVAILABLE` */
export function classPath(): string {
  const lib = cachedJars() ?? fetchJars();
  return readdirSync(lib)
    .filter((name) => name.endsWith('.jar'))
    .sort()
    .map((name) => join(lib, name))
    .join(':');
}

function javaFits(): boolean {
  const { status, stderr, stdout } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const major = /version "(\d+)/.exec(stderr + stdout)?.[1];
  return status === 0 && major !== undefined && Number(major) >= javaMajorMin;
}

function cachedJars(): string | undefined {
  const lib = join(kafkaHome(), 'lib');
  return existsSync(lib) ? lib : undefined;
}

/** Into a directory of our own first: the rename makes a half-finished fetch, or two at once, harmless. */
function fetchJars(): string {
  const home = kafkaHome();
  mkdirSync(home, { recursive: true });
  const work = mkdtempSync(join(home, 'fetch-'));
  const lib = join(home, 'lib');
  try {
    writeFileSync(join(work, 'pom.xml'), pom());
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(work, 'lib')}`];
    const run = spawnSync('mvn', ['-q', '-B', '-f', join(work, 'pom.xml'), ...goal], { encoding: 'utf8' });
    if (run.status !== 0) {
      throw new OperationalError('BROKER_UNAVAILABLE', `Maven could not fetch Apache Kafka ${kafkaVersion}: ${firstError(run.stdout)}`, {
        retryable: true,
        cure: 'Check that Maven reaches a repository (mirror, proxy), then try again',
        cause: run.error,
      });
    }
    if (!existsSync(lib)) renameSync(join(work, 'lib'), lib);
    return lib;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function firstError(output: string): string {
  return output.split('\n').find((line) => line.startsWith('[ERROR]')) ?? 'it gave no reason';
}

/** Parts that a broker on the loopback never loads: other compressions, OAuth, tiered-storage caches. */
const leftOut = [
  ['com.github.luben', 'zstd-jni'],
  ['org.xerial.snappy', 'snappy-java'],
  ['org.lz4', 'lz4-java'],
  ['at.yawk.lz4', 'lz4-java'],
  ['org.bitbucket.b_c', 'jose4j'],
  ['com.github.ben-manes.caffeine', 'caffeine'],
  ['org.scala-lang', 'scala-reflect'],
  ['commons-beanutils', 'commons-beanutils'],
  ['commons-digester', 'commons-digester'],
  ['commons-collections', 'commons-collections'],
  ['commons-logging', 'commons-logging'],
] as const;

function pom(): string {
  const exclusions = leftOut
    .map(([group, name]) => `<exclusion><groupId>${group}</groupId><artifactId>${name}</artifactId></exclusion>`)
    .join('\n        ');
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>perdure</groupId><artifactId>kafka-local</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version>
      <exclusions>
        ${exclusions}
      </exclusions>
    </dependency>
    <!-- The broker logs through slf4j 1.7 and is mute without a backend. -->
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;
}
