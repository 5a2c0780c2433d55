/** Batch `number` of a round: 1 to 12 records, each naming its batch, its place and the batch's size; from a few bytes to some kilobytes. */
export function batchOf(round: string, number: number): { readonly key: string; readonly value: Buffer }[] {
  const size = 1 + ((number * 7) % 12);
  return Array.from({ length: size }, (_, at) => ({
    key: `${round}/${String(number)}/${String(at)}/${String(size)}`,
    value: Buffer.alloc((number * 131) % 5_000, at),
  }));
}

/** The batches that `keys` are made of, first keys; throws when one is not whole and in order. */
export function wholeBatches(keys: readonly string[]): readonly string[] {
  const firsts: string[] = [];
  for (let at = 0; at < keys.length;) {
    const [round, number, place, size] = (keys[at] ?? '').split('/');
    const batch = Array.from({ length: Number(size) }, (_, i) => `${String(round)}/${String(number)}/${String(i)}/${String(size)}`);
    const found = keys.slice(at, at + batch.length);
    if (place !== '0' || found.join() !== batch.join()) throw new Error(`batch ${batch.join()} is torn: ${found.join()}`);
    firsts.push(batch[0] ?? '');
    at += batch.length;
  }
  return firsts;
}
