import { constants } from 'node:fs';
import { access, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { checkNamespace, namespaceRecord } from '../index.ts';
import { Database } from './database.ts';
import { dataDirCorrupt, dataDirUnreadable } from './errors.ts';
import { historyTopic, recordKey } from './keys.ts';
import { decodeStored, encodeStored } from './stored.ts';

/** Stands beside the database once it is made: an empty database next to it means that the log was lost, not that it is new. */
const markerName = 'perdure-log';
const markerText =
  'This directory holds the log of an embedded Perdure. The files in records/ belong together; copy them while nothing runs.\n';

/**
 * Opens the database of a data directory, making it when there is none.
 * @throws OperationalError `DATA_DIR_LOCKED`, `DATA_DIR_CORRUPT`, `DATA_DIR_UNREADABLE`, `NAMESPACE_MISMATCH`
 */
export async function openDirectory(dir: string, partitions: number, nowMs: number): Promise<Database> {
  const made = await prepare(dir);
  const database = new Database(join(dir, 'records'));
  await database.open(!made);
  try {
    const first = await database.get(recordKey(historyTopic(0), 0));
    if (first === undefined) {
      if (made) throw dataDirCorrupt(`the embedded log in ${dir} has lost its namespace record`);
      await writeNamespace(database, partitions, nowMs);
    } else checkNamespace(decodeStored(first, 'h/0').value ?? Buffer.alloc(0), partitions);
    if (!made) await mark(dir);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function writeNamespace(database: Database, partitions: number, nowMs: number): Promise<void> {
  const value = encodeStored(namespaceRecord(partitions), nowMs);
  const records = Array.from({ length: partitions }, (_, partition) => ({ key: recordKey(historyTopic(partition), 0), value }));
  await database.write(
    records.map((record) => ({ type: 'put', ...record })),
    { sync: true },
  );
}

/** Whether the directory's log was made before. */
async function prepare(dir: string): Promise<boolean> {
  try {
    await mkdir(dir, { recursive: true });
    await access(dir, constants.R_OK | constants.W_OK | constants.X_OK);
    await readFile(join(dir, markerName));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw dataDirUnreadable(dir, error);
  }
}

async function mark(dir: string): Promise<void> {
  const path = join(dir, markerName);
  try {
    const file = await open(`${path}.new`, 'w');
    await file.writeFile(markerText);
    await file.sync();
    await file.close();
    await rename(`${path}.new`, path);
    const directory = await open(dir, 'r');
    await directory.sync();
    await directory.close();
  } catch (error) {
    throw dataDirUnreadable(dir, error);
  }
}
