import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";

/** How much of a memory limit is in use, in bytes. */
export interface MemoryUse {
  /** Which limit, and how to raise it. */
  readonly name: string;
  readonly used: number;
  readonly limit: number;
}

/** Share of a limit above which nothing may grow, and below which it may again. */
const shortAt = 0.92;
const enoughAt = 0.85;
const checkIntervalMs = 500;

/**
 * Watches the distance to the memory limits of the process: a server that refuses growth can still be read, shrunk and
 * stopped; one that the runtime or the system kills cannot.
 */
export class MemoryGuard {
  readonly #onChange: (short: boolean, text: string) => void;
  readonly #measure: () => readonly MemoryUse[];
  #timer: NodeJS.Timeout | null = null;
  #short = false;

  constructor(
    onChange: (short: boolean, text: string) => void,
    measure: () => readonly MemoryUse[] = measureProcess,
  ) {
    this.#onChange = onChange;
    this.#measure = measure;
  }

  start(): void {
    this.#timer = setInterval(() => this.check(), checkIntervalMs);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Looks once; tells of a change only. */
  check(): void {
    let fullest: MemoryUse | null = null;
    for (const use of this.#measure()) {
      if (fullest === null || use.used / use.limit > fullest.used / fullest.limit) fullest = use;
    }
    if (fullest === null) return;
    const share = fullest.used / fullest.limit;
    if (!this.#short && share > shortAt) {
      this.#short = true;
      this.#onChange(true, memoryText(fullest, "writes that grow the tree are refused with QuotaExceeded"));
    } else if (this.#short && share < enoughAt) {
      this.#short = false;
      this.#onChange(false, memoryText(fullest, "writes are taken again"));
    }
  }
}

function memoryText({ name, used, limit }: MemoryUse, consequence: string): string {
  const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);
  return `memory: ${megabytes(used)} of ${megabytes(limit)} MB of ${name} in use; ${consequence}`;
}

/** JavaScript's heap against its limit, and the whole process (data lies outside the heap) against the machine's. */
function measureProcess(): readonly MemoryUse[] {
  const { used_heap_size: heap, heap_size_limit: heapLimit } = getHeapStatistics();
  const constrained = process.constrainedMemory();
  const machine = totalmem();
  const limit = constrained > 0 && constrained < machine ? constrained : machine;
  return [
    { name: "the heap (raise it by NODE_OPTIONS=--max-old-space-size=<MB>)", used: heap, limit: heapLimit },
    { name: "the machine or container", used: process.memoryUsage.rss(), limit },
  ];
}
