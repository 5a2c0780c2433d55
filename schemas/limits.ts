/** The sizes that the wire formats keep to. Reaching one is an error with a code, never a cut value, unless it says so. */

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** A payload (input, output, result) as UTF-8 JSON text. Two of them and their record still fit one commit. */
export const payloadBytesMax: number = mebibyte;

/**
 * The values and keys of one history batch. Leaves 512 KiB under the topics' 4 MiB `max.message.bytes` for what the
 * record batch adds: at most 61 bytes a batch and some 20 a record.
 */
export const commitBytesMax: number = 3.5 * mebibyte;

/** `max.message.bytes` of every topic that carries payloads; brokers accept it without a change to their own settings. */
export const messageBytesMax: number = 4 * mebibyte;

/** The part of an undecodable value that a dead letter keeps; it must itself travel as an outbound record in one commit. */
export const deadLetterValueBytesMax: number = 3 * mebibyte;

/** The part of an undecodable record's key that a dead letter keeps: any valid key (an instance id) is far shorter. */
export const deadLetterKeyBytesMax: number = kibibyte;

/** Names of orchestrators, activities and events: they stand in every scheduled event, so a long one costs for ever. */
export const nameBytesMax: number = 256;

/** Versions, for the same reason as names. */
export const versionBytesMax: number = 128;

/** Client-made command ids: a UUID has 36; the room is for ids derived from a caller's own. */
export const commandIdBytesMax: number = 256;

/** Tags per instance. Tags are indexed and returned with every listing, so they are bounded like columns, not like data. */
export const tagsMax: number = 32;
export const tagKeyBytesMax: number = 128;
export const tagValueBytesMax: number = 1024;

/** Failure details of one failure with all its causes; longer texts are cut with a mark (SEMANTICS T2). */
export const failureBytesMax: number = 64 * kibibyte;

/** How deep causes and errors may nest in a failure, whoever describes it: well under what the codec takes (`nestingDepthMax`). */
export const failureDepthMax: number = 24;

/**
 * How deep records may nest in records (causes of failures). SEMANTICS T2 allows 10 causes; the room is for errors within errors.
 * Both directions keep to it, so hostile bytes cannot exhaust the stack.
 */
export const nestingDepthMax: number = 64;

/** Kafka allows 249 characters a topic name; namespace, `.q.` and queue name stay under it. */
export const namespaceCharsMax: number = 64;
export const queueNameCharsMax: number = 128;

/** A custom status as UTF-8 JSON text (SEMANTICS S9): it is returned with every listing. */
export const customStatusBytesMax: number = 16 * kibibyte;

/** An event's id: as a command's, which serves as one where none is given. */
export const eventIdBytesMax: number = commandIdBytesMax;

/** The reason of a suspend, resume, terminate or cancel: for people. */
export const reasonBytesMax: number = kibibyte;
