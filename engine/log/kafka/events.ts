/** Told what goes on in the adapter: a name and its fields, for the worker's log. */
export type OnEvent = (
  level: 'debug' | 'info' | 'warn' | 'error',
  event: string,
  fields?: Readonly<Record<string, string | number | boolean | null>>,
) => void;
