import { containerOwner } from "../tree/ephemeralOwner.ts";

/**
 * The id that the first session of a server process gets: top byte the server id, then 40 bits of the monotonic
 * clock in ms, low 16 bits 0 (SessionTrackerImpl.initializeNextSessionId). Signed 64-bit.
 */
export function initialSessionId(serverId: number, elapsedMs: number): bigint {
  // The shift right is Java's >>>: the top byte is the server id's alone.
  const time = BigInt.asUintN(64, BigInt(Math.trunc(elapsedMs)) << 24n) >> 8n;
  const id = BigInt.asIntN(64, time | (BigInt(serverId) << 56n));
  // The owner of container nodes may be no session.
  return id === containerOwner ? id + 1n : id;
}

/** Hands out session ids, each one more than the last. */
export class SessionIds {
  #nextSessionId: bigint;

  /** `serverId` is the myid, 1 on a lone server; 0 to 255. `elapsedMs` is the monotonic clock at process start. */
  constructor(serverId: number, elapsedMs: number) {
    this.#nextSessionId = initialSessionId(serverId, elapsedMs);
  }

  next(): bigint {
    const id = this.#nextSessionId;
    this.#nextSessionId = BigInt.asIntN(64, id + 1n);
    return id;
  }
}
