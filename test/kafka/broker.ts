import { inject } from 'vitest';

let used = 0;

/** The bootstrap addresses of the run's broker. */
export function brokers(): string[] {
  return inject('brokers').split(',');
}

/** A namespace that no other test uses. */
export function freshNamespace(): string {
  used++;
  return `t${Date.now().toString(36)}-${String(process.pid)}-${String(used)}`;
}
