/** Whether what came in over HTTP has the shape of a command request: every field there, of its type. What the values mean is judged later. */

type Shape = Readonly<Record<string, (value: unknown) => string | undefined>>;

const text = (value: unknown): string | undefined => (typeof value === 'string' ? undefined : 'is a string');
const flag = (value: unknown): string | undefined => (typeof value === 'boolean' ? undefined : 'is true or false');
const payload = (value: unknown): string | undefined =>
  value === null || typeof value === 'string' ? undefined : 'is null (no value) or a string that holds JSON text';
const time = (value: unknown): string | undefined =>
  value === null || Number.isSafeInteger(value) ? undefined : 'is null or whole milliseconds since 1970';
const tags = (value: unknown): string | undefined =>
  Array.isArray(value) && value.every(isTag) ? undefined : 'is an array of {"key": string, "value": string}';

const reason: Shape = { instanceId: text, reason: text };
const start: Shape = { name: text, version: text, input: payload, tags };
const orders: Readonly<Record<string, Shape>> = {
  start: { instanceId: text, ...start, onConflict: text, startAtMs: time },
  raise: { instanceId: text, name: text, payload, eventId: text, startIfMissing: (value) => optional(value, start) },
  suspend: reason,
  resume: reason,
  terminate: { ...reason, output: payload, recursive: flag },
  cancel: reason,
};

/** What is wrong with the shape of `value`, or undefined when it is a request. */
export function commandShapeFault(value: unknown): string | undefined {
  if (!isObject(value)) return 'a command is a JSON object';
  if (typeof value['commandId'] !== 'string') return '"commandId" is a string';
  const named = Object.keys(orders).filter((name) => value[name] !== undefined);
  const [name] = named;
  const shape = name === undefined ? undefined : orders[name];
  if (name === undefined || shape === undefined || named.length > 1)
    return `a command has exactly one of ${Object.keys(orders).join(', ')}`;
  return shapeFault(name, value[name], shape);
}

function shapeFault(at: string, value: unknown, shape: Shape): string | undefined {
  if (!isObject(value)) return `"${at}" is an object`;
  for (const [field, check] of Object.entries(shape)) {
    const fault = check(value[field]);
    if (fault !== undefined) return `"${at}.${field}" ${fault}`;
  }
  const strange = Object.keys(value).find((field) => !Object.hasOwn(shape, field));
  return strange === undefined ? undefined : `"${at}" has no ${JSON.stringify(strange)}`;
}

function optional(value: unknown, shape: Shape): string | undefined {
  if (value === null) return undefined;
  const fault = shapeFault('it', value, shape);
  return fault === undefined ? undefined : `is null or an object in which ${fault}`;
}

function isTag(value: unknown): boolean {
  return isObject(value) && typeof value['key'] === 'string' && typeof value['value'] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
