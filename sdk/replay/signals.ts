/** Calls with a `signal`: each is given up when its signal aborts (CallOptions.signal). One listener a signal, however many calls. */
interface GivenUp {
  giveUp(): void;
}

export class Signals {
  readonly #watched = new Map<AbortSignal, { readonly calls: Set<GivenUp>; unlisten(): void }>();
  readonly #entered: () => void;

  /** `entered` throws outside a turn: what aborts there is not durable. */
  constructor(entered: () => void) {
    this.#entered = entered;
  }

  watch(signal: AbortSignal, call: GivenUp): void {
    if (signal.aborted) {
      call.giveUp();
      return;
    }
    const watched = this.#watched.get(signal);
    if (watched === undefined) this.#listen(signal).add(call);
    else watched.calls.add(call);
  }

  /** The call is settled. */
  unwatch(signal: AbortSignal, call: GivenUp): void {
    const watched = this.#watched.get(signal);
    if (watched === undefined) return;
    watched.calls.delete(call);
    if (watched.calls.size > 0) return;
    watched.unlisten();
    this.#watched.delete(signal);
  }

  #listen(signal: AbortSignal): Set<GivenUp> {
    const calls = new Set<GivenUp>();
    const aborted = (): void => {
      try {
        this.#entered();
      } catch {
        // The run has noted the fault; thrown here, the error would end the process.
        return;
      }
      for (const call of [...calls]) call.giveUp();
    };
    signal.addEventListener('abort', aborted, { once: true });
    this.#watched.set(signal, {
      calls,
      unlisten: () => {
        signal.removeEventListener('abort', aborted);
      },
    });
    return calls;
  }
}
