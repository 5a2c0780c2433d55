/**
 * Keys of `ns.history` (L8). Compaction keeps the last record of a key whatever our rules say of it, so every key ends in its
 * writer's epoch and claimant: a void record never shares a key with a live one.
 *
 *   e/<instance>/<execution>/<seq>/<epoch>/<claimant>   facts
 *   i/<instance>/<n>/<execution>/<seq>/<epoch>/<claimant>  external events: of the instance, they outlive the execution they came in on
 *   c/<epoch>/<claimant>                                claims
 *   p/<commit mod 2>/<epoch>/<claimant>                 progress: a void commit of a fenced writer takes the *other* slot
 *   o/<number>/<epoch>/<claimant>                       outbound messages
 *   r/<offset>/<epoch>/<claimant>                       answers to commands: refused, forwarded
 *   n/namespace                                         the namespace record
 *
 * <instance> is `<bytes of UTF-8>:<id>`: ids may hold any character, and one may be the beginning of another.
 */
import { isInstanceFact } from './facts.ts';
import { utf8Length } from './ids.ts';
import type { HistoryRecord } from './records.ts';

/** What names a fact within its partition. */
export interface FactPlace {
  readonly instanceId: string;
  readonly executionId: string;
  readonly seq: number;
}

/** What names an external event: its number in the instance's inbox, and the history it came in on. */
export interface InboxPlace extends FactPlace {
  readonly number: number;
}

/** The key that `record` is written under. */
export function keyOf(record: HistoryRecord): string {
  const { body, epoch, claimant } = record;
  if (isInstanceFact(body)) return body.kind === 'EventRaised' ? inboxKey(body, epoch, claimant) : factKey(body, epoch, claimant);
  switch (body.kind) {
    case 'OutboundQueued':
      return outboundKey(body.number, epoch, claimant);
    case 'CommandRefused':
    case 'CommandForwarded':
      return answerKey(body.offset, epoch, claimant);
    case 'Claim':
      return claimKey(epoch, claimant);
    case 'Progress':
      return progressKey(record.commit, epoch, claimant);
    case 'Namespace':
      return namespaceKey;
    default:
      return body satisfies never;
  }
}

export function factKey(fact: FactPlace, epoch: number, claimant: string): string {
  return `e/${instancePart(fact.instanceId)}/${fact.executionId}/${String(fact.seq)}/${String(epoch)}/${claimant}`;
}

export function inboxKey(event: InboxPlace, epoch: number, claimant: string): string {
  const { instanceId, number, executionId, seq } = event;
  return `i/${instancePart(instanceId)}/${String(number)}/${executionId}/${String(seq)}/${String(epoch)}/${claimant}`;
}

export function claimKey(epoch: number, claimant: string): string {
  return `c/${String(epoch)}/${claimant}`;
}

/** `commit` is the commit's number; its parity is the slot. */
export function progressKey(commit: number, epoch: number, claimant: string): string {
  return `p/${String(commit % 2)}/${String(epoch)}/${claimant}`;
}

export function outboundKey(number: number, epoch: number, claimant: string): string {
  return `o/${String(number)}/${String(epoch)}/${claimant}`;
}

/** `offset` is the command's, on `ns.commands`. */
export function answerKey(offset: number, epoch: number, claimant: string): string {
  return `r/${String(offset)}/${String(epoch)}/${claimant}`;
}

export const namespaceKey: string = 'n/namespace';

function instancePart(instanceId: string): string {
  return `${String(utf8Length(instanceId))}:${instanceId}`;
}

interface Writer {
  readonly epoch: number;
  readonly claimant: string;
}

export type ParsedKey =
  | ({ readonly kind: 'fact' } & FactPlace & Writer)
  | ({ readonly kind: 'inbox' } & InboxPlace & Writer)
  | ({ readonly kind: 'claim' } & Writer)
  | ({ readonly kind: 'progress'; readonly slot: 0 | 1 } & Writer)
  | ({ readonly kind: 'outbound'; readonly number: number } & Writer)
  | ({ readonly kind: 'answer'; readonly offset: number } & Writer)
  | { readonly kind: 'namespace' }
  | { readonly kind: 'unknown' };

const unknown: ParsedKey = { kind: 'unknown' };
const count = '(0|[1-9]\\d{0,15})';
const writer = `${count}\\/([^/]+)`;
const factRest = new RegExp(`^\\/([^/]+)\\/${count}\\/${writer}$`);
const inboxRest = new RegExp(`^\\/${count}\\/([^/]+)\\/${count}\\/${writer}$`);
const numbered = new RegExp(`^${count}\\/${writer}$`);
const claimRest = new RegExp(`^${writer}$`);

/** What `key` says; `unknown` for anything the functions above would not have made. */
export function parseKey(key: string): ParsedKey {
  if (key === namespaceKey) return { kind: 'namespace' };
  if (key.charCodeAt(1) !== 0x2f) return unknown;
  const rest = key.slice(2);
  const letter = key.charAt(0);
  switch (letter) {
    case 'e':
    case 'i':
      return parseInstanceKey(letter, rest);
    case 'c':
      return parseClaimKey(rest);
    case 'p':
    case 'o':
    case 'r':
      return parseNumberedKey(letter, rest);
    default:
      return unknown;
  }
}

function parseInstanceKey(letter: 'e' | 'i', text: string): ParsedKey {
  const split = splitInstance(text);
  if (split === undefined) return unknown;
  const { instanceId, rest } = split;
  if (letter === 'e') {
    const [, executionId, seq, epoch, claimant] = factRest.exec(rest) ?? [];
    if (executionId === undefined || claimant === undefined) return unknown;
    return safe({ kind: 'fact', instanceId, executionId, seq: Number(seq), epoch: Number(epoch), claimant }, Number(seq), Number(epoch));
  }
  const [, number, executionId, seq, epoch, claimant] = inboxRest.exec(rest) ?? [];
  if (executionId === undefined || claimant === undefined) return unknown;
  const place = { instanceId, number: Number(number), executionId, seq: Number(seq) };
  return safe({ kind: 'inbox', ...place, epoch: Number(epoch), claimant }, place.number, place.seq, Number(epoch));
}

function parseClaimKey(text: string): ParsedKey {
  const [, epoch, claimant] = claimRest.exec(text) ?? [];
  if (claimant === undefined) return unknown;
  return safe({ kind: 'claim', epoch: Number(epoch), claimant }, Number(epoch));
}

function parseNumberedKey(letter: 'p' | 'o' | 'r', text: string): ParsedKey {
  const [, digits, epochDigits, claimant] = numbered.exec(text) ?? [];
  if (claimant === undefined) return unknown;
  const number = Number(digits);
  const epoch = Number(epochDigits);
  if (letter === 'o') return safe({ kind: 'outbound', number, epoch, claimant }, number, epoch);
  if (letter === 'r') return safe({ kind: 'answer', offset: number, epoch, claimant }, number, epoch);
  return number === 0 || number === 1 ? safe({ kind: 'progress', slot: number, epoch, claimant }, epoch) : unknown;
}

/** Sixteen digits can exceed 2^53: two such keys could be read as one number. */
function safe(parsed: ParsedKey, ...numbers: number[]): ParsedKey {
  return numbers.every((number) => Number.isSafeInteger(number)) ? parsed : unknown;
}

const lengthPrefix = /^([1-9]\d{0,3}):/;

/** Takes `<bytes>:<id>` off the front, or undefined when the length does not end at a character of the text. */
function splitInstance(text: string): { instanceId: string; rest: string } | undefined {
  const [prefix, digits] = lengthPrefix.exec(text) ?? [];
  if (prefix === undefined) return undefined;
  let left = Number(digits);
  let at = prefix.length;
  for (; left > 0 && at < text.length; at++) {
    const point = text.codePointAt(at) ?? 0;
    if (point > 0xffff) at++;
    left -= point < 0x80 ? 1 : point < 0x800 ? 2 : point > 0xffff ? 4 : 3;
  }
  if (left !== 0) return undefined;
  return { instanceId: text.slice(prefix.length, at), rest: text.slice(at) };
}
