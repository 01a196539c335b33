import { expect } from "chai";
import { StorageError } from "../../../../src/core/storage/storageError.ts";
import { ZxidOrder } from "../../../../src/core/storage/zxidOrder.ts";

/** Feeds zxids (negative type -1 marks an error transaction) and says which are new, or what was refused. */
function feed(snapshot: bigint, ...zxids: (bigint | [bigint, number])[]): string {
  const warnings: string[] = [];
  const order = new ZxidOrder(snapshot, (message) => void warnings.push(message));
  const out: string[] = [];
  for (const entry of zxids) {
    const [zxid, type] = Array.isArray(entry) ? entry : [entry, 5];
    const body = new Uint8Array(32);
    const view = new DataView(body.buffer);
    view.setBigInt64(12, zxid);
    view.setInt32(28, type);
    try {
      out.push(order.isNew(body, 0, 32, "log.1", 16) ? zxid.toString(16) : "-");
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      out.push(error.code);
    }
  }
  return `${out.join(" ")} | ${order.last.toString(16)} | ${warnings.length} warnings`;
}

describe("ZxidOrder", () => {
  const e1 = 1n << 32n;
  const e2 = 2n << 32n;
  const cases: [what: string, found: string, expected: string][] = [
    ["goes on behind the snapshot", feed(2n, 1n, 2n, 3n, 4n), "- - 3 4 | 4 | 0 warnings"],
    ["refuses a hole", feed(0n, 1n, 3n), "1 GAP | 1 | 0 warnings"],
    ["refuses a hole below the snapshot too", feed(9n, 1n, 3n), "- GAP | 9 | 0 warnings"],
    ["refuses a hole behind the snapshot", feed(5n, 7n), "GAP | 5 | 0 warnings"],
    [
      "begins an epoch with 1",
      feed(5n, e1 + 1n, e1 + 2n, e2 + 1n),
      "100000001 100000002 200000001 | 200000001 | 0 warnings",
    ],
    ["refuses an epoch that begins later", feed(5n, e1 + 2n), "GAP | 5 | 0 warnings"],
    [
      "lets a lone server count over into the next epoch",
      feed(e1 - 1n, e1, e1 + 1n),
      "100000000 100000001 | 100000001 | 0 warnings",
    ],
    ["takes Apache's second error under one zxid", feed(0n, 1n, [1n, -1], 2n), "1 - 2 | 2 | 0 warnings"],
    ["leaves out what stands too late, with a warning", feed(0n, 1n, 2n, 1n, 3n), "1 2 - 3 | 3 | 1 warnings"],
  ];
  for (const [what, found, expected] of cases) it(what, () => expect(found).to.equal(expected));
});
