import { expect } from "chai";
import { EnsembleRun } from "./ensemble/ensembleRun.ts";

// SEEDS: how many; npm run simulate has more, and longer ones.
const seeds = Number(process.env["SEEDS"] ?? 4);

describe("an ensemble under faults", function () {
  this.timeout(240_000);

  for (let seed = 1; seed <= seeds; seed++) {
    it(`loses nothing, agrees on everything, and is well again in the end: seed ${seed}`, async () => {
      const result = await new EnsembleRun({ seed, seconds: 12, servers: seed % 2 === 0 ? 5 : 3 }).run();
      expect(result.violations, result.trace.slice(-60).join("\n")).to.deep.equal([]);
      expect(result.acked).to.be.above(100);
    });
  }

  it("keeps what a learner was logging when its leader went: seed 500000257", async () => {
    expect((await new EnsembleRun({ seed: 500_000_257 }).run()).violations).to.deep.equal([]);
  });

  it("does not start over a hole that a damaged snapshot has left: seed 700003059", async () => {
    expect((await new EnsembleRun({ seed: 700_003_059, seconds: 7 }).run()).violations).to.deep.equal([]);
  });

  it("takes nothing late from an observer whose client has moved to its master: seed 1000001692", async () => {
    expect((await new EnsembleRun({ seed: 1_000_001_692, seconds: 15 }).run()).violations).to.deep.equal([]);
  });

  it("does the same again from the same seed", async () => {
    const [one, other] = [
      await new EnsembleRun({ seed: 77, seconds: 6 }).run(),
      await new EnsembleRun({ seed: 77, seconds: 6 }).run(),
    ];
    expect(one.trace).to.deep.equal(other.trace);
    expect(one.digest).to.equal(other.digest);
    expect(one.acked).to.equal(other.acked);
  });

  it("would show disks that acknowledge what is not durable", async () => {
    let violations: readonly string[] = [];
    for (let seed = 1; seed <= 10 && violations.length === 0; seed++)
      violations = (await new EnsembleRun({ seed, seconds: 12, lyingDisks: true }).run()).violations;
    expect(violations).to.have.length.above(0);
  });
});
