import { expect } from "chai";
import { wireExceptions, type GoldenException } from "./goldenExceptions.ts";
import { goldenNames, wireLines } from "./goldenLines.ts";
import { answerTo, wireOutcomes } from "./goldenWireOutcomes.ts";
import { same } from "./roundTrip.ts";

describe("frames that Apache's clients and servers sent", () => {
  const names = goldenNames("wire");
  let frames = 0;

  for (const name of names) {
    it(`${name}: encode back to their bytes, or as listed`, () => {
      const lines = wireLines(name);
      const odd: GoldenException[] = [];
      for (const [index, outcome] of wireOutcomes(lines)) {
        frames += 1;
        if (outcome === same) continue;
        odd.push(lines[index].dir === "c2s" ? [index, outcome, answerTo(lines, index)] : [index, outcome]);
      }
      expect(odd).to.deep.equal(wireExceptions[name] ?? []);
    });
  }

  it("are all of the recording", () => {
    expect(frames).to.be.above(2900);
    expect(names).to.include.members(Object.keys(wireExceptions));
  });
});
