import type { SnapshotSource } from "./contracts.ts";
import type { ServerStorage, StorageEvents } from "./storage.ts";

/** A disk that keeps nothing (`--memory`): what is flushed counts as synced at once. */
export class MemoryStorage implements ServerStorage {
  readonly #events: Pick<StorageEvents, "onSynced">;
  #lastZxid = 0n;
  #count = 0;
  #bytes = 0;

  constructor(events: Pick<StorageEvents, "onSynced">) {
    this.#events = events;
  }

  append(zxid: bigint, body: Uint8Array): void {
    this.#lastZxid = zxid;
    this.#count++;
    this.#bytes += body.length;
  }

  flush(): void {
    if (this.#count === 0) return;
    const count = this.#count;
    const bytes = this.#bytes;
    this.#count = 0;
    this.#bytes = 0;
    this.#events.onSynced(this.#lastZxid, count, bytes);
  }

  /** There is no disk to keep at work. */
  flushIfDue(): boolean {
    return false;
  }

  takeSnapshot(source: SnapshotSource): Promise<boolean> {
    source.end();
    return Promise.resolve(true);
  }

  purge(): Promise<string[]> {
    return Promise.resolve([]);
  }

  sizes(): { readonly snapshots: number; readonly logs: number } {
    return { snapshots: 0, logs: 0 };
  }

  refreshSizes(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.flush();
    return Promise.resolve();
  }
}
