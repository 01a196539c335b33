import { expect } from "chai";
import fc from "fast-check";
import { PathMap } from "../../../../src/core/tree/pathMap.ts";
import { noNode } from "../../../../src/core/tree/tree.ts";

describe("PathMap", () => {
  it("is a map, whatever the paths", () => {
    const path = fc.oneof(
      fc.nat(40).map((n) => `/${n}`),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), path), { maxLength: 200 }), (steps) => {
        const map = new PathMap();
        const plain = new Map<string, number>();
        steps.forEach(([add, at], i) => {
          if (!add) {
            map.delete(at);
            plain.delete(at);
          } else if (!plain.has(at)) {
            map.add(at, i);
            plain.set(at, i);
          }
          expect(map.get(at)).to.equal(plain.get(at) ?? noNode);
          expect(map.size).to.equal(plain.size);
        });
        expect(new Map(map.entries())).to.deep.equal(plain);
        map.clear();
        expect([map.size, [...map.entries()]]).to.deep.equal([0, []]);
      }),
    );
  });
});
