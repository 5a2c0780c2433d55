/** Counts what is under way, so that a test can wait for its end instead of sleeping. */

export class Meter {
  /** Counts what was ever begun: whoever looks twice sees whether anything happened in between. */
  begun = 0;
  private readonly underWay = new Map<string, number>();
  private count = 0;
  private waiting: (() => void)[] = [];

  /** Something begins; the answer, called once, ends it. */
  enter(what: string): () => void {
    this.begun++;
    this.add(what, 1);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.add(what, -1);
    };
  }

  /** Counts `run` from its beginning to its end. */
  async during<T>(what: string, run: () => Promise<T>): Promise<T> {
    const leave = this.enter(what);
    try {
      return await run();
    } finally {
      leave();
    }
  }

  get isIdle(): boolean {
    return this.count === 0;
  }

  /** Resolves as soon as nothing is under way. */
  async idle(): Promise<void> {
    while (this.count > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** For people: what is under way, and how often. */
  get report(): string {
    return [...this.underWay].map(([what, times]) => (times === 1 ? what : `${what} (${String(times)})`)).join(', ');
  }

  private add(what: string, change: 1 | -1): void {
    this.count += change;
    const times = (this.underWay.get(what) ?? 0) + change;
    if (times === 0) this.underWay.delete(what);
    else this.underWay.set(what, times);
    if (this.count > 0) return;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
