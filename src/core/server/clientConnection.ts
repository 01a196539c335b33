import { JuteWriter } from "../../../protocol/jute/writer.ts";
import { withAuthIds, type AuthId } from "../auth/authId.ts";
import type { DigestMd5Server } from "../auth/sasl/digestMd5Server.ts";
import { notQueued, type Expiring } from "../sessions/expiryQueue.ts";
import type { Session } from "../sessions/session.ts";
import { ConnectionStats } from "../stats/connectionStats.ts";
import type { Watcher } from "../watches/watcher.ts";
import type { Proposal } from "./proposal.ts";

/** Where a connection is in its life. Frames are only taken in "new" (the ConnectRequest) and "open". */
export type ConnectionPhase = "new" | "connecting" | "open" | "closing" | "closed";

/** A request that waits for the writes of its own session before it. */
export class HeldRequest {
  readonly xid: number;
  readonly type: number;
  /** Own copy of the frame behind the header. */
  readonly body: Uint8Array;
  readonly receivedMs: number;
  /** Bytes that the limit of large requests counts for it. */
  readonly largeBytes: number;
  /** An error to answer in its turn instead of doing anything, or 0. */
  readonly err: number;

  constructor(
    xid: number,
    type: number,
    body: Uint8Array,
    receivedMs: number,
    largeBytes: number,
    err: number,
  ) {
    this.xid = xid;
    this.type = type;
    this.body = body;
    this.receivedMs = receivedMs;
    this.largeBytes = largeBytes;
    this.err = err;
  }
}

/** What the shell knows of a client when it has been accepted. */
export interface ConnectionOrigin {
  /** Peer address as text; an IPv4-mapped one as IPv4. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly secure: boolean;
  /** Identities that the transport proved (a client certificate), besides the address. */
  readonly authIds: readonly AuthId[];
}

/** A client's connection as the core sees it; the shell hangs its socket on `transport`. */
export class ClientConnection implements Watcher, Expiring {
  readonly origin: ConnectionOrigin;
  readonly stats = new ConnectionStats();
  /** Replies and events that wait to be written; the shell empties it. */
  readonly out = new JuteWriter(512);
  /** The shell's own; the core never looks at it. */
  transport: object | null = null;
  phase: ConnectionPhase = "new";
  session: Session<ClientConnection> | null = null;
  /** 0 before the handshake. */
  sessionId = 0n;
  sessionTimeoutMs = 0;
  /** Whether the client sent the read-only byte, which the answer repeats. */
  sentReadOnlyByte = false;
  /** Replaced, never changed in place, so that requests under way keep the ids they came with. */
  authIds: readonly AuthId[];
  /** True while `out` has been announced to the shell. */
  flushing = false;
  /** Requests taken and not answered yet. */
  outstandingCount = 0;
  readonly establishedMs: number;
  lastTriggerNumber = 0;
  /** Belongs to the server's queue of connections that have been silent. */
  expiryMs: number = notQueued;
  /** The exchange of SASL tokens under way, if any. */
  sasl: DigestMd5Server | null = null;
  /** Set by the request throttle when it drops a request: all later ones have to go too. */
  invalid = false;
  /** The shell was told to pause it because too many requests are in the server, or wait behind its writes. */
  paused = false;
  /** The reason is the latter, or that too many of its own requests are under way. */
  holdsTooMuch = false;
  #queue: (HeldRequest | Proposal)[] = [];
  #head = 0;
  #heldCount = 0;

  constructor(origin: ConnectionOrigin, establishedMs: number) {
    this.origin = origin;
    this.establishedMs = establishedMs;
    this.authIds = withAuthIds([{ scheme: "ip", id: origin.remoteAddress }], origin.authIds);
  }

  get stale(): boolean {
    return this.phase === "closed";
  }

  /** Writes under way and requests held behind them, oldest first. */
  get waitingCount(): number {
    return this.#queue.length - this.#head;
  }

  /** Requests among them that are not writes under way. */
  get heldCount(): number {
    return this.#heldCount;
  }

  enqueue(entry: HeldRequest | Proposal): void {
    this.#queue.push(entry);
    if (entry instanceof HeldRequest) this.#heldCount++;
  }

  /** The oldest entry without removing it. */
  peek(): HeldRequest | Proposal | null {
    return this.#head < this.#queue.length ? this.#queue[this.#head] : null;
  }

  /** Removes the oldest entry. */
  dequeue(): void {
    if (this.#queue[this.#head] instanceof HeldRequest) this.#heldCount--;
    this.#head++;
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
