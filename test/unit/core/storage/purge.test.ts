import { expect } from "chai";
import { planPurge } from "../../../../src/core/storage/purge.ts";

describe("planPurge", () => {
  const names = (kind: string, ...zxids: number[]): string[] =>
    zxids.map((zxid) => `${kind}.${zxid.toString(16)}`);
  const snapshots = names("snapshot", 0, 10, 20, 30, 40);

  it("keeps the newest snapshots and the log that starts at or below the oldest of them", () => {
    const plan = planPurge(snapshots, names("log", 1, 11, 19, 22, 31), 3, () => true);
    expect(plan.snapshots).to.have.members(names("snapshot", 0, 10));
    expect(plan.logs).to.have.members(names("log", 1, 11));
  });

  it("keeps the log before the snapshot even if another starts right behind it, as PurgeTxnLog does", () => {
    expect(planPurge(snapshots, names("log", 1, 21), 3, () => true).logs).to.deep.equal([]);
    expect(planPurge(snapshots, names("log", 1, 20, 21), 3, () => true).logs).to.deep.equal(names("log", 1));
  });

  it("does not count snapshots that are not whole", () => {
    const plan = planPurge(snapshots, names("log", 1, 11, 22), 3, (name) => name !== "snapshot.28");
    expect(plan.snapshots).to.have.members(names("snapshot", 0));
    expect(plan.logs).to.deep.equal([]);
  });

  it("removes nothing while there are fewer, or none that is whole", () => {
    expect(planPurge(snapshots.slice(0, 2), names("log", 1, 11), 3, () => true).snapshots).to.deep.equal([]);
    expect(planPurge(snapshots, names("log", 1, 11), 3, () => false)).to.deep.equal({
      snapshots: [],
      logs: [],
    });
  });

  it("leaves other files alone, and knows compressed snapshots", () => {
    const all = [
      "snapshot.0.gz",
      "snapshot.a.snappy",
      ...names("snapshot", 20, 30, 40),
      "snapshot.tmp",
      "currentEpoch",
    ];
    const plan = planPurge(all, ["log.1", "log.15", "log.x", "myid"], 3, () => true);
    expect(plan.snapshots).to.have.members(["snapshot.0.gz", "snapshot.a.snappy"]);
    expect(plan.logs).to.deep.equal([]);
  });
});
