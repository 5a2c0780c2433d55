// Made by `npm run schemas` from avro/task-item.v1.avsc. Do not edit.

import type { AvroReader } from '../avro-reader.ts';
import type { AvroWriter } from '../avro-writer.ts';
import type { ExecutionId, InstanceId } from '../ids.ts';

export interface TaskItem {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly scheduledSeq: number;
  readonly taskId: number;
  readonly token: string;
  readonly attempt: number;
  readonly name: string;
  readonly input: string | null;
  readonly partition: number;
  readonly dispatchedAtMs: number;
}

const fieldsOfTaskItem: readonly string[] = ['instanceId', 'executionId', 'scheduledSeq', 'taskId', 'token', 'attempt', 'name', 'input', 'partition', 'dispatchedAtMs'];

export function writeTaskItem(writer: AvroWriter, value: TaskItem): void {
  writer.record(value, fieldsOfTaskItem);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.scheduledSeq, 'scheduledSeq');
  writer.int(value.taskId, 'taskId');
  writer.string(value.token, 'token');
  writer.int(value.attempt, 'attempt');
  writer.string(value.name, 'name');
  if (value.input === null) writer.branch(0); else { writer.branch(1); writer.string(value.input, 'input'); }
  writer.int(value.partition, 'partition');
  writer.long(value.dispatchedAtMs, 'dispatchedAtMs');
}

export function readTaskItem(reader: AvroReader): TaskItem {
  return {
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    scheduledSeq: reader.long(),
    taskId: reader.int(),
    token: reader.string(),
    attempt: reader.int(),
    name: reader.string(),
    input: reader.branch(2) === 0 ? null : reader.string(),
    partition: reader.int(),
    dispatchedAtMs: reader.long(),
  };
}
