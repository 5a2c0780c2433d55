/** First in, first out, in constant time however long it grows: a fan-out of 10,000 waits in one. */
export class Fifo<T> {
  private items: T[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  push(item: T): void {
    this.items.push(item);
  }

  shift(): T | undefined {
    const item = this.items[this.head];
    if (item === undefined) return undefined;
    this.head++;
    if (this.head > sliceFrom && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }

  remove(unwanted: (item: T) => boolean): void {
    this.items = this.items.slice(this.head).filter((item) => !unwanted(item));
    this.head = 0;
  }
}

/** Below so many dead places at its front, an array is not worth copying. */
const sliceFrom = 1_000;
