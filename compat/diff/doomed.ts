import { setTimeout as delay } from "node:timers/promises";
import { RawClient, text } from "../../test/support/rawClient.ts";
import { Create2Response, Stat } from "../../protocol/records/client.ts";
import { MultiResponse } from "../../protocol/records/multi.ts";
import type { MultiOp, Request } from "./steps.ts";

/** TTLs up to this run out while a sequence goes on; others outlive it by far. */
export const shortTtlMsMax = 10_000;

const existsType = 3;
const waitMsMax = 10_000;
const pollMs = 10;

/**
 * Nodes that the server will remove by itself: containers that have become empty and nodes with a short TTL. When that
 * happens is chance, so each step ends when those that are due are gone.
 */
export class DoomedNodes {
  readonly #kindByPath = new Map<string, "container" | "ttl">();

  /** Takes note of what a reply says was created. */
  learn(request: Request, reply: Buffer): void {
    if (reply.readInt32BE(12) !== 0) return;
    const body = reply.subarray(16);
    if (request.op === "multi") {
      const results = MultiResponse.decode(body);
      request.ops.forEach((op, i) => {
        const result = results[i];
        if (result?.type === 15) this.#add(op, result.record.path);
      });
    } else if (request.op === "createContainer" || request.op === "createTTL") {
      this.#add(request, Create2Response.decode(body).path);
    }
  }

  #add(op: Request | MultiOp, path: string | null): void {
    if (path === null) return;
    // The answer to a plain create in a multi has this shape only if its flags made a container of it.
    if (op.op === "createContainer" || ("flags" in op && op.flags === 4))
      this.#kindByPath.set(path, "container");
    if (op.op === "createTTL" && op.flags >= 5 && op.ttl <= shortTtlMsMax) this.#kindByPath.set(path, "ttl");
  }

  /** Resolves when no node is left that the server is about to remove; false if one stays all the same. */
  async settle(admin: RawClient): Promise<boolean> {
    const deadline = Date.now() + waitMsMax;
    while (await this.#anyDue(admin)) {
      if (Date.now() > deadline) return false;
      await delay(pollMs);
    }
    return true;
  }

  async #anyDue(admin: RawClient): Promise<boolean> {
    const paths = [...this.#kindByPath];
    for (const [path] of paths) admin.send(1, existsType, text(path), Buffer.of(0));
    let due = false;
    for (const [path, kind] of paths) {
      const reply = await admin.next();
      if (reply === null) throw new Error("the super user's connection was closed");
      if (reply.err !== 0) {
        // Its parent may be due now.
        this.#kindByPath.delete(path);
        due = true;
      } else if (isDue(kind, reply.body)) due = true;
    }
    return due;
  }
}

function isDue(kind: "container" | "ttl", body: Buffer): boolean {
  const { numChildren, cversion } = Stat.decode(body);
  // A container that never had a child stays.
  return numChildren === 0 && (kind === "ttl" || cversion > 0);
}
