/**
 * Fan-out and fan-in over real files: list a folder, digest every file at once, put the digests together. The manifest is the same for the
 * same contents, whatever the order the digests came in, and however often the worker died meanwhile.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { defineActivity, defineOrchestrator, type ActivityDefinition, type OrchestratorDefinition } from '../define/index.ts';

export interface BackupRequest {
  /** The folder, as the worker sees it. */
  readonly root: string;
  /** Names of folders that are left out wherever they stand. Default: `node_modules`, `.git`, `dist`. */
  readonly skip?: readonly string[];
}

export interface FileToDigest {
  readonly root: string;
  readonly path: string;
}

export interface FileDigest {
  /** Relative to the root, with `/` on every system. */
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface Manifest {
  readonly files: number;
  readonly bytes: number;
  /** Of the lines `<sha256>  <bytes>  <path>\n`, in the order of the paths. */
  readonly sha256: string;
  /** Files that were listed but gone when their turn came. */
  readonly vanished: readonly string[];
}

const skippedByDefault: readonly string[] = ['node_modules', '.git', 'dist'];

/** Gives the paths of all regular files, sorted. Links are not followed: they could lead round in a circle. */
export const listFiles: ActivityDefinition<'listFiles', BackupRequest, string[]> = defineActivity('listFiles', async (_ctx, request) => {
  const skipped = new Set(request.skip ?? skippedByDefault);
  const files: string[] = [];
  const folders: string[] = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(join(request.root, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory() && !skipped.has(entry.name)) folders.push(path);
      if (entry.isFile()) files.push(path);
    }
  }
  return files.sort();
});

/** Reads one file through SHA-256; null when it is gone. Sixteen at once keep a disk busy without holding many files open. */
export const digestFile: ActivityDefinition<'digestFile', FileToDigest, FileDigest | null> = defineActivity(
  'digestFile',
  async (_ctx, file) => {
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      for await (const chunk of createReadStream(join(file.root, file.path)) as AsyncIterable<Buffer>) {
        hash.update(chunk);
        bytes += chunk.length;
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
    return { path: file.path, bytes, sha256: hash.digest('hex') };
  },
  { concurrency: 16 },
);

/** Makes the manifest of a folder. */
export const backup: OrchestratorDefinition<'backup', BackupRequest, Manifest> = defineOrchestrator('backup', async (ctx, request) => {
  const paths = await ctx.callActivity(listFiles, request);
  const digests = await Promise.all(paths.map((path) => ctx.callActivity(digestFile, { root: request.root, path })));
  ctx.log.info('%d files of %s digested', paths.length, request.root);
  const found = digests.filter((digest) => digest !== null);
  const manifest = createHash('sha256');
  for (const { sha256, bytes, path } of found) manifest.update(`${sha256}  ${String(bytes)}  ${path}\n`);
  return {
    files: found.length,
    bytes: found.reduce((sum, digest) => sum + digest.bytes, 0),
    sha256: manifest.digest('hex'),
    vanished: paths.filter((_path, at) => digests[at] === null),
  };
});
