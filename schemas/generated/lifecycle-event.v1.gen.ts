// Made by `npm run schemas` from avro/lifecycle-event.v1.avsc. Do not edit.

import type { AvroReader } from '../avro-reader.ts';
import type { AvroWriter } from '../avro-writer.ts';
import type { ExecutionId, InstanceId } from '../ids.ts';

export interface LifecycleEvent {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly name: string;
  readonly version: string;
  readonly status: string;
  readonly eventNumber: number;
  readonly atMs: number;
}

const fieldsOfLifecycleEvent: readonly string[] = ['instanceId', 'executionId', 'name', 'version', 'status', 'eventNumber', 'atMs'];

export function writeLifecycleEvent(writer: AvroWriter, value: LifecycleEvent): void {
  writer.record(value, fieldsOfLifecycleEvent);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.string(value.name, 'name');
  writer.string(value.version, 'version');
  writer.string(value.status, 'status');
  writer.long(value.eventNumber, 'eventNumber');
  writer.long(value.atMs, 'atMs');
}

export function readLifecycleEvent(reader: AvroReader): LifecycleEvent {
  return {
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    name: reader.string(),
    version: reader.string(),
    status: reader.string(),
    eventNumber: reader.long(),
    atMs: reader.long(),
  };
}
