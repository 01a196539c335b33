import { expect } from "chai";
import fc from "fast-check";
import { CommittedLog, type CommittedProposal } from "../../../../../src/core/zab/sync/committedLog.ts";
import { planSync, type LeaderHistory } from "../../../../../src/core/zab/sync/syncPlan.ts";

const nothing = new Uint8Array(0);

/** zxid of an epoch and a counter. */
function at(epoch: number, counter: number): bigint {
  return (BigInt(epoch) << 32n) + BigInt(counter);
}

function proposals(...zxids: bigint[]): CommittedProposal[] {
  return zxids.map((zxid) => ({ zxid, data: nothing }));
}

/** A leader with all of these applied, the last `inMemory` of them in memory, and on disk what `disk` says. */
function leader(
  zxids: readonly bigint[],
  { inMemory = zxids.length, disk = true, lastProcessed = zxids.at(-1) ?? 0n, forceSnapshot = false } = {},
): LeaderHistory {
  const committedLog = new CommittedLog();
  for (const proposal of proposals(...zxids.slice(zxids.length - inMemory))) committedLog.add(proposal);
  return {
    lastProcessedZxid: lastProcessed,
    committedLog,
    forceSnapshot,
    fromDisk: (zxid) => {
      const first = zxids.findLastIndex((one) => one <= zxid);
      return !disk || first < 0 ? null : proposals(...zxids.slice(first));
    },
  };
}

function told(peerZxid: bigint, history: LeaderHistory): [string, bigint, bigint[]] {
  const { kind, zxid, proposals: sent } = planSync(peerZxid, history);
  return [kind, zxid, sent.map((proposal) => proposal.zxid)];
}

const five = [1, 2, 3, 4, 5].map((counter) => at(1, counter));

describe("what a leader sends to a learner that comes", () => {
  it("nothing but a DIFF of its own zxid, if nothing is missing", () => {
    expect(told(at(1, 5), leader(five))).to.deep.equal(["DIFF", at(1, 5), []]);
  });

  it("a snapshot, if that is all that is wanted", () => {
    expect(told(at(1, 5), leader(five, { forceSnapshot: true }))).to.deep.equal(["SNAP", at(1, 5), []]);
  });

  it("what is missing, from memory", () => {
    expect(told(at(1, 3), leader(five))).to.deep.equal(["DIFF", at(1, 5), [at(1, 4), at(1, 5)]]);
    expect(told(at(1, 1), leader(five))).to.deep.equal(["DIFF", at(1, 5), five.slice(1)]);
  });

  it("TRUNC to its own last one, if the learner is ahead", () => {
    expect(told(at(1, 7), leader(five))).to.deep.equal(["TRUNC", at(1, 5), []]);
  });

  it("TRUNC to where they part, if the learner has what was never committed", () => {
    const later = [...five, at(2, 1), at(2, 2)];
    // 1/6 was lost with epoch 1: what comes next is of another epoch.
    expect(told(at(1, 6), leader(later))).to.deep.equal(["SNAP", at(2, 2), []]);
    const gap = new CommittedLog();
    for (const proposal of proposals(at(1, 1), at(2, 1))) gap.add(proposal);
    const history = { ...leader([at(1, 1), at(2, 1)]), committedLog: gap };
    expect(told(at(2, 3), history)).to.deep.equal(["TRUNC", at(2, 1), []]);
  });

  it("a DIFF to one that has the begin of a new epoch and nothing of it", () => {
    const later = [...five, at(2, 1), at(2, 2)];
    expect(told(at(2, 0), leader(later))).to.deep.equal(["DIFF", at(2, 2), [at(2, 1), at(2, 2)]]);
    expect(told(at(3, 0), leader(later))).to.deep.equal(["SNAP", at(2, 2), []]);
  });

  it("what is missing from disk and then from memory", () => {
    expect(told(at(1, 1), leader(five, { inMemory: 2 }))).to.deep.equal(["DIFF", at(1, 5), five.slice(1)]);
  });

  it("a snapshot, if disk does not reach back, is not used, or leaves a gap to memory", () => {
    expect(told(0n, leader(five, { inMemory: 2 }))).to.deep.equal(["SNAP", at(1, 5), []]);
    expect(told(at(1, 1), leader(five, { inMemory: 2, disk: false }))).to.deep.equal(["SNAP", at(1, 5), []]);
    const gap = { ...leader(five, { inMemory: 2 }), fromDisk: () => proposals(at(1, 1), at(1, 2)) };
    expect(told(at(1, 1), gap)).to.deep.equal(["SNAP", at(1, 5), []]);
  });

  it("a snapshot to an empty server, where the memory does not reach back to its begin", () => {
    expect(told(0n, leader(five, { disk: false }))).to.deep.equal(["SNAP", at(1, 5), []]);
  });

  it("goes by the tree where memory is empty", () => {
    const history = leader([], { lastProcessed: at(4, 9) });
    expect(told(at(4, 9), history)).to.deep.equal(["DIFF", at(4, 9), []]);
    expect(told(at(4, 11), history)).to.deep.equal(["TRUNC", at(4, 9), []]);
    expect(told(at(4, 3), history)).to.deep.equal(["SNAP", at(4, 9), []]);
  });

  it("whatever it is, leaves the learner with the leader's history", () => {
    const epochs = fc.array(fc.nat(5), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        epochs,
        fc.nat(20),
        fc.nat(3),
        fc.nat(20),
        fc.boolean(),
        (sizes, kept, tail, inMemory, disk) => {
          const all = sizes.flatMap((size, i) => Array.from({ length: size }, (_, c) => at(i + 1, c + 1)));
          const prefix = all.slice(0, kept);
          const epoch = Number((prefix.at(-1) ?? at(1, 0)) >> 32n);
          // A tail that was never committed follows what the whole epoch has committed.
          const committedOfEpoch = sizes[epoch - 1] ?? 0;
          const isWhole = prefix.length === all.filter((zxid) => zxid <= at(epoch, committedOfEpoch)).length;
          const lost = isWhole
            ? Array.from({ length: tail }, (_, i) => at(epoch, committedOfEpoch + 1 + i))
            : [];
          const learner = [...prefix, ...lost];
          const history = leader(all, { inMemory: Math.min(inMemory, all.length), disk });
          const plan = planSync(learner.at(-1) ?? 0n, history);
          const base =
            plan.kind === "SNAP" ? all : learner.filter((zxid) => plan.kind === "DIFF" || zxid <= plan.zxid);
          expect([...base, ...plan.proposals.map(({ zxid }) => zxid)]).to.deep.equal(all);
          expect(plan.reachedZxid).to.equal(all.at(-1) ?? 0n);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("the committed log", () => {
  it("keeps the newest 500, and no fewer where fewer are asked for", () => {
    const log = new CommittedLog(10);
    for (let counter = 1; counter <= 1500; counter++) log.add({ zxid: at(1, counter), data: nothing });
    expect([log.size, log.minZxid, log.maxZxid]).to.deep.equal([500, at(1, 1001), at(1, 1500)]);
    expect([...log].map(({ zxid }) => zxid)).to.deep.equal(
      Array.from({ length: 500 }, (_, i) => at(1, 1001 + i)),
    );
  });

  it("takes no hole, but a new epoch; passes over what it has", () => {
    const log = new CommittedLog();
    for (const zxid of [at(1, 1), at(1, 2), at(1, 1), at(3, 1)]) log.add({ zxid, data: nothing });
    expect(log.size).to.equal(3);
    expect(() => log.add({ zxid: at(3, 3), data: nothing })).to.throw(
      /committed 0x300000003 behind 0x300000001/,
    );
    log.clear();
    expect([log.size, log.minZxid, log.maxZxid]).to.deep.equal([0, null, null]);
  });
});
