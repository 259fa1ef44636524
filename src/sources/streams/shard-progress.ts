import type { HeldRecord } from './held-record.ts';

/**
 * The records of a shard that were read, in order, until they and all before them are done. The checkpoint is the last of
 * those: it never passes a record that is not done, in whatever order lanes finish.
 */
export class ShardProgress {
  #records: HeldRecord[] = [];
  /** Before this index all are done. */
  #head = 0;
  #bytes = 0;
  #sequenceNumber: string | undefined;

  /** Records that the checkpoint has not passed. */
  get length(): number {
    return this.#records.length - this.#head;
  }

  /** Of those that are not done. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Up to here everything is done; undefined while nothing is. */
  get sequenceNumber(): string | undefined {
    return this.#sequenceNumber;
  }

  add(record: HeldRecord): void {
    this.#records.push(record);
    if (!record.isDone) this.#bytes += record.bytes;
  }

  /** Marks records as done and forgets their data; returns how many bytes that freed. */
  finish(records: readonly HeldRecord[]): number {
    let freed = 0;
    for (const record of records) {
      if (record.isDone) continue;
      record.isDone = true;
      record.json = '';
      freed += record.bytes;
    }
    this.#bytes -= freed;
    this.advance();
    return freed;
  }

  /** Moves the checkpoint on as far as it goes; true when it moved. */
  advance(): boolean {
    const before = this.#sequenceNumber;
    for (let next = this.#records[this.#head]; next?.isDone; next = this.#records[this.#head]) {
      this.#sequenceNumber = next.sequenceNumber;
      this.#head += 1;
    }
    if (this.#head > 0 && this.#head * 2 >= this.#records.length) {
      this.#records = this.#records.slice(this.#head);
      this.#head = 0;
    }
    return before !== this.#sequenceNumber;
  }
}
