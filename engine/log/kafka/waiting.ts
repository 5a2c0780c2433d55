/** Waiting with an end. */

/** Rejects with `expired()` when `work` has not settled within `limitMs`; `work` then goes on unheard. */
export async function within<T>(limitMs: number, work: Promise<T>, expired: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(expired()), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Doubling waits between `firstMs` and `lastMs`. */
export function backOff(firstMs: number, lastMs: number): { wait(): Promise<void>; reset(): void } {
  let nextMs = firstMs;
  return {
    wait: () => {
      const delayMs = nextMs;
      nextMs = Math.min(2 * nextMs, lastMs);
      return new Promise((resolve) => setTimeout(resolve, delayMs));
    },
    reset: () => {
      nextMs = firstMs;
    },
  };
}
