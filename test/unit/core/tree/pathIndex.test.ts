import { expect } from "chai";
import fc from "fast-check";
import { PathIndex } from "../../../../src/core/tree/pathIndex.ts";
import { noNode } from "../../../../src/core/tree/tree.ts";

describe("PathIndex", () => {
  it("is a map, whatever the paths and the seed", () => {
    const path = fc.oneof(
      fc.nat(40).map((n) => `/${n}`),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.tuple(fc.boolean(), path), { maxLength: 200 }), (seed, steps) => {
        const index = new PathIndex(seed);
        const plain = new Map<string, number>();
        steps.forEach(([add, at], i) => {
          if (!add) {
            index.delete(at);
            plain.delete(at);
          } else if (!plain.has(at)) {
            index.add(at, i);
            plain.set(at, i);
          }
          expect(index.get(at)).to.equal(plain.get(at) ?? noNode);
          expect(index.size).to.equal(plain.size);
        });
        expect(new Map(index.entries())).to.deep.equal(plain);
        index.clear();
        expect([index.size, [...index.entries()]]).to.deep.equal([0, []]);
      }),
    );
  });

  it("finds every path while it grows over several blocks, and after half of them went", () => {
    const count = 20_000;
    const index = new PathIndex(7);
    for (let i = 0; i < count; i++) index.add(`/n${i}`, i);
    for (let i = 0; i < count; i += 2) index.delete(`/n${i}`);
    for (let i = 0; i < count; i += 2) index.add(`/other${i}`, i);
    const wrong: string[] = [];
    for (let i = 0; i < count; i++) {
      const [here, gone] = i % 2 === 0 ? [`/other${i}`, `/n${i}`] : [`/n${i}`, `/other${i}`];
      if (index.get(here) !== i || index.get(gone) !== noNode) wrong.push(here);
    }
    expect(wrong).to.deep.equal([]);
    expect(index.size).to.equal(count);
  });
});
