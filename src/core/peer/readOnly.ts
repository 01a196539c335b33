import type { ZooKeeperServer } from "../server/zooKeeperServer.ts";

/** What the read-only service asks of the world. */
export interface ReadOnlyEffects {
  /** Lets in clients that are content with reads. */
  serve(): ZooKeeperServer;
  /** The service is over; its connections are closed already. */
  endServing(): void;
}

/** Shortest search for a leader after which a server counts itself as cut off, ms. */
const graceMsMin = 2000;

/**
 * readonlymode.enabled: a member that has looked for a leader for a while in vain serves reads meanwhile (the LOOKING
 * branch of QuorumPeer.run and ReadOnlyZooKeeperServer of Apache 3.9.5). Nothing is written: the tree stays as the last role
 * has left it, and the next one finds it so.
 */
export class ReadOnlyService {
  readonly #graceMs: number;
  readonly #effects: ReadOnlyEffects;
  #beginMs = Number.POSITIVE_INFINITY;
  #server: ZooKeeperServer | null = null;

  /** @param isEnabled Without it the service never begins. */
  constructor(isEnabled: boolean, tickTimeMs: number, effects: ReadOnlyEffects) {
    this.#graceMs = isEnabled ? Math.max(graceMsMin, tickTimeMs) : Number.POSITIVE_INFINITY;
    this.#effects = effects;
  }

  /** When `tick` has something to do. */
  get nextDueMs(): number {
    return this.#beginMs;
  }

  /** A search for a leader begins, maybe in place of one that was under way. */
  looking(nowMs: number): void {
    this.end();
    this.#beginMs = nowMs + this.#graceMs;
  }

  tick(nowMs: number): void {
    if (nowMs < this.#beginMs) return;
    this.#beginMs = Number.POSITIVE_INFINITY;
    this.#server = this.#effects.serve();
  }

  /** The search is over, or the server ends: the clients have to look for a server anew. */
  end(): void {
    this.#beginMs = Number.POSITIVE_INFINITY;
    if (this.#server === null) return;
    this.#server.endRole();
    this.#server = null;
    this.#effects.endServing();
  }
}
