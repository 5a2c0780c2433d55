import type { Terminal } from '../../../sdk/cli/index.ts';

/** A terminal that keeps what was written. */
export class FakeTerminal implements Terminal {
  readonly isLive: boolean;
  readonly columns = 60;
  readonly env: Readonly<Record<string, string | undefined>>;
  stdout = '';
  stderr = '';
  private stopped: (() => void) | undefined;

  constructor(options: { isLive?: boolean; env?: Readonly<Record<string, string>> } = {}) {
    this.isLive = options.isLive ?? false;
    this.env = options.env ?? {};
  }

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  onStop(stop: () => void): () => void {
    this.stopped = stop;
    return () => (this.stopped = undefined);
  }

  get isStoppable(): boolean {
    return this.stopped !== undefined;
  }

  /** As Ctrl-C does. */
  stop(): void {
    this.stopped?.();
  }
}
