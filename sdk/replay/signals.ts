/** Calls with a `signal`: each is given up when its signal aborts (CallOptions.signal). One listener a signal, however many calls. */
interface GivenUp {
  giveUp(): void;
}

interface Turn {
  /** @throws NonDurableAwaitError outside a turn: what aborts there is not durable. */
  enter(call: string): void;
}

export class Signals {
  /** Most runs have none. */
  #watched: Map<AbortSignal, { readonly calls: Set<GivenUp>; unlisten(): void }> | undefined;
  readonly #turn: Turn;

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  watch(signal: AbortSignal, call: GivenUp): void {
    if (signal.aborted) {
      call.giveUp();
      return;
    }
    const watched = this.#watched?.get(signal);
    if (watched === undefined) this.#listen(signal).add(call);
    else watched.calls.add(call);
  }

  /** The call is settled. */
  unwatch(signal: AbortSignal, call: GivenUp): void {
    const watched = this.#watched?.get(signal);
    if (watched === undefined) return;
    watched.calls.delete(call);
    if (watched.calls.size > 0) return;
    watched.unlisten();
    this.#watched?.delete(signal);
  }

  #listen(signal: AbortSignal): Set<GivenUp> {
    const calls = new Set<GivenUp>();
    const aborted = (): void => {
      try {
        this.#turn.enter('signal');
      } catch {
        // The run has noted the fault; thrown here, the error would end the process.
        return;
      }
      for (const call of [...calls]) call.giveUp();
    };
    signal.addEventListener('abort', aborted, { once: true });
    this.#watched ??= new Map();
    this.#watched.set(signal, {
      calls,
      unlisten: () => {
        signal.removeEventListener('abort', aborted);
      },
    });
    return calls;
  }
}
