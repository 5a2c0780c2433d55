/** What an error of KafkaJS means. Read from names and protocol types, never from messages. */
import { OperationalError } from '../../../schemas/index.ts';

/** The innermost cause: KafkaJS wraps what exhausted its retries. */
export function rootOf(error: unknown): unknown {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error && at.cause !== at) at = at.cause;
  return at;
}

/** The protocol's name of the innermost error, when a broker sent one. */
export function protocolType(error: unknown): string | undefined {
  const root = rootOf(error);
  return root instanceof Error && 'type' in root && typeof root.type === 'string' ? root.type : undefined;
}

/** The innermost error's class name. */
export function faultName(error: unknown): string {
  const root = rootOf(error);
  return root instanceof Error ? root.name : typeof root;
}

/** One line for a log. */
export function describe(error: unknown): string {
  const root = rootOf(error);
  return protocolType(error) ?? (root instanceof Error ? `${root.name}: ${root.message}` : String(root));
}

/** No retry helps: the request itself is not acceptable, to this broker or to anybody. */
const refusals: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_REQUIRED_ACKS',
  'INVALID_REQUEST',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'POLICY_VIOLATION',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SECURITY_DISABLED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'INCONSISTENT_GROUP_PROTOCOL',
  'INVALID_SESSION_TIMEOUT',
  'INVALID_GROUP_ID',
  'GROUP_MAX_SIZE_REACHED',
]);

/**
 * KafkaJS's own refusals. Not among them: TypeError and its like, which KafkaJS throws by mistake in the middle of a fail-over, when
 * an earlier attempt may have landed.
 */
const refusalNames: ReadonlySet<string> = new Set([
  'KafkaJSNotImplemented',
  'KafkaJSSASLAuthenticationError',
  'KafkaJSServerDoesNotSupportApiKey',
]);

/** True when the request was refused for good: it had no effect, and trying again changes nothing. */
export function isRefusal(error: unknown): boolean {
  const type = protocolType(error);
  return type === undefined ? refusalNames.has(faultName(error)) : refusals.has(type);
}

const absenceTypes: ReadonlySet<string> = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_ENOUGH_REPLICAS',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
]);
const absenceNames: ReadonlySet<string> = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSNoBrokerAvailableError',
]);
const neverConnected: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** True when a request failed because a topic, its leader or a broker is not there, or not yet known to be. */
export function isAbsence(error: unknown): boolean {
  const type = protocolType(error);
  if (type !== undefined) return absenceTypes.has(type);
  const root = rootOf(error);
  return absenceNames.has(faultName(error)) || (root instanceof Error && 'code' in root && neverConnected.has(root.code));
}

/** What a leader answers to a write that it did not carry out, and nobody answers to anything else. */
const unwrittenTypes: ReadonlySet<string> = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'NOT_ENOUGH_REPLICAS',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_REQUIRED_ACKS',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'POLICY_VIOLATION',
  'TOPIC_AUTHORIZATION_FAILED',
]);

/**
 * True when a write that went out certainly had no effect. Any other error may hide that of the write: where a connection is lost
 * KafkaJS connects and asks for metadata before it tells, and if that fails too it tells of that instead.
 */
export function isUnwritten(error: unknown): boolean {
  const type = protocolType(error);
  return type !== undefined && unwrittenTypes.has(type);
}

export function isUnknownTopic(error: unknown): boolean {
  return protocolType(error) === 'UNKNOWN_TOPIC_OR_PARTITION';
}

export function unreachable(brokers: readonly string[], cause: unknown): OperationalError {
  return new OperationalError('BROKER_UNREACHABLE', `no broker of ${brokers.join(', ')} answers: ${describe(cause)}`, {
    retryable: true,
    cure: 'Check that the brokers run and that the addresses, TLS and login settings are right',
    cause,
  });
}

export function topicMissing(topic: string, cause?: unknown): OperationalError {
  return new OperationalError('TOPIC_MISSING', `the topic ${topic} does not exist, or may not be seen`, {
    retryable: false,
    cure: 'Run: perdure topics create',
    ...(cause === undefined ? {} : { cause }),
  });
}

export function refused(what: string, cause: unknown): OperationalError {
  return new OperationalError('BROKER_REFUSED', `${what} was refused: ${describe(cause)}`, {
    retryable: false,
    cure: 'Check the rights of this login and the settings of the topics (perdure topics check)',
    cause,
  });
}

export function logClosed(): OperationalError {
  return new OperationalError('LOG_CLOSED', 'the log was closed while this was going on', { retryable: false });
}
