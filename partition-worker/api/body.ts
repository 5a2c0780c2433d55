/** Reads a request's JSON body within the limit. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { OperationalError } from '../../schemas/index.ts';
import { bodyBytesMax, discardedBytesMax } from './limits.ts';

/** @throws OperationalError `CONTENT_TYPE_UNSUPPORTED`, `PAYLOAD_TOO_LARGE`, `REQUEST_INVALID`. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  // Only JSON: a page in a browser can post text to a local port without asking, but not this content type.
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new OperationalError('CONTENT_TYPE_UNSUPPORTED', 'the body is sent as content-type: application/json', { retryable: false });
  const bytes = await readBytes(request);
  if (!isUtf8(bytes)) throw invalid('the body is not UTF-8');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw invalid('the body is not JSON');
  }
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bodyBytesMax) chunks.push(chunk);
      else chunks.length = 0;
      if (bytes > discardedBytesMax) reject(tooLarge());
    });
    request.on('end', () => {
      if (bytes > bodyBytesMax) reject(tooLarge());
      else resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    });
    request.on('error', () => reject(invalid('the body ended before its end')));
    request.on('close', () => reject(invalid('the body ended before its end')));
  });
}

function tooLarge(): OperationalError {
  return new OperationalError('PAYLOAD_TOO_LARGE', `a body has at most ${String(bodyBytesMax)} bytes`, {
    retryable: false,
    cure: 'keep large values elsewhere and pass a reference',
  });
}

function invalid(message: string): OperationalError {
  return new OperationalError('REQUEST_INVALID', message, { retryable: false });
}
