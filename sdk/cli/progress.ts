/**
 * What is seen while an orchestration runs: on a terminal one line that is written over, elsewhere nothing but what must be known (that it
 * is stalled). It looks at the instance beside the wait and never disturbs it.
 */
import type { DurableClient, OrchestrationState } from '../client/index.ts';
import { progressText } from './format.ts';
import type { Terminal } from './terminal.ts';

/** Fast enough to look alive, slow enough to cost nothing. */
const lookIntervalMs = 250;

const clearLine = '\r\u001b[2K';

export class Progress {
  private readonly client: DurableClient;
  private readonly instanceId: string;
  private readonly terminal: Terminal;
  private readonly startedAtMs: number = performance.now();
  private readonly timer: NodeJS.Timeout;
  private looking = false;
  private noticed: string | undefined;
  private ended = false;
  /** The last state seen. */
  seen: OrchestrationState | undefined;

  constructor(client: DurableClient, instanceId: string, terminal: Terminal) {
    this.client = client;
    this.instanceId = instanceId;
    this.terminal = terminal;
    this.timer = setInterval(() => void this.look(), lookIntervalMs);
  }

  end(): void {
    this.ended = true;
    clearInterval(this.timer);
    if (this.terminal.isLive) this.terminal.err(clearLine);
  }

  private async look(): Promise<void> {
    this.draw();
    if (this.looking) return;
    this.looking = true;
    try {
      this.seen = await this.client.getOrchestrationState(this.instanceId);
      this.draw();
    } catch {
      // The wait meets the same trouble and knows better what to make of it; the line goes on showing what was seen last.
      this.draw();
    } finally {
      this.looking = false;
    }
  }

  private draw(): void {
    if (this.ended) return;
    const reason = this.seen?.stalledReason;
    if (this.terminal.isLive) {
      this.terminal.err(`${clearLine}${progressText(this.seen, performance.now() - this.startedAtMs, this.terminal.columns)}`);
    } else if (reason !== undefined && reason !== this.noticed) {
      this.terminal.err(`stalled: ${reason.replace(/\s+/g, ' ')}\n`);
    }
    this.noticed = reason;
  }
}
