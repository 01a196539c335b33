import { getHeapStatistics } from "node:v8";

/** Share of the heap limit above which nothing may grow, and below which it may again. */
const shortAt = 0.92;
const enoughAt = 0.85;
const checkIntervalMs = 500;

/**
 * Watches the distance to the memory limit of the process: a server that refuses growth can still be read, shrunk and
 * stopped; one that the runtime kills cannot.
 */
export class MemoryGuard {
  readonly #onChange: (short: boolean, text: string) => void;
  #timer: NodeJS.Timeout | null = null;
  #short = false;

  constructor(onChange: (short: boolean, text: string) => void) {
    this.#onChange = onChange;
  }

  start(): void {
    this.#timer = setInterval(() => this.#check(), checkIntervalMs);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #check(): void {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    const share = used / limit;
    if (!this.#short && share > shortAt) {
      this.#short = true;
      this.#onChange(
        true,
        memoryText(used, limit, "writes that grow the tree are refused with QuotaExceeded"),
      );
    } else if (this.#short && share < enoughAt) {
      this.#short = false;
      this.#onChange(false, memoryText(used, limit, "writes are taken again"));
    }
  }
}

function memoryText(used: number, limit: number, consequence: string): string {
  const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);
  return (
    `memory: ${megabytes(used)} of ${megabytes(limit)} MB in use; ${consequence}. ` +
    "Give the process more with NODE_OPTIONS=--max-old-space-size=<MB>"
  );
}
