import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { javaHashCode, javaSpread } from "../../../../src/core/java/javaHash.ts";
import { JavaHashSet } from "../../../../src/core/java/javaHashSet.ts";

/** What HashOrders.java recorded; see there. */
interface Recording {
  capacity: number;
  names: string[];
  steps: number[];
  orders: [step: number, names: number[], namesOfClone: number[]][];
}

describe("JavaHashSet", () => {
  const recordings = JSON.parse(
    readFileSync(new URL("hashOrders.json", import.meta.url), "utf8"),
  ) as Recording[];

  for (const [index, { capacity, names, steps, orders }] of recordings.entries()) {
    it(`iterates as the JVM recorded, case ${index}: ${names.length} names from ${names[0]} on`, () => {
      const set = new JavaHashSet(capacity);
      const members = new Set<string>();
      const recorded = new Map(
        orders.map(([i, ...both]) => [i, both.map((one) => one.map((n) => names[n]))]),
      );
      for (const [i, step] of steps.entries()) {
        const name = names[Math.abs(step) - 1];
        if (step > 0) {
          expect(set.add(name)).to.equal(!members.has(name));
          members.add(name);
        } else {
          expect(set.delete(name)).to.equal(members.delete(name));
        }
        expect(set.size).to.equal(members.size);
        const [order, cloneOrder] = recorded.get(i + 1) ?? [];
        if (order === undefined) continue;
        expect(set.toArray()).to.deep.equal(order);
        expect(set.clone().toArray()).to.deep.equal(cloneOrder);
        expect([...set]).to.deep.equal(order);
        for (const one of names) expect(set.has(one)).to.equal(members.has(one));
      }
    });
  }

  it("holds what a Set holds, bucket by bucket, whatever is added and deleted", () => {
    const name = fc.oneof(
      fc.stringMatching(/^(Aa|BB){4}$/),
      fc.integer({ min: 0, max: 300 }).map(String),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), name), { maxLength: 400 }), (steps) => {
        const set = new JavaHashSet();
        const members = new Set<string>();
        let capacity = 8;
        for (const [add, one] of steps) {
          if (add) expect(set.add(one)).to.equal(!members.has(one) && members.add(one).size > 0);
          else expect(set.delete(one)).to.equal(members.delete(one));
          while (members.size > capacity * 0.75) capacity *= 2;
        }
        const order = set.toArray();
        expect(order.toSorted()).to.deep.equal([...members].toSorted());
        // Crowded buckets may have doubled the table early, which only refines the order by this table's buckets.
        const spreads = order.map((one) => javaSpread(javaHashCode(one)));
        for (let length = capacity; ; length *= 2) {
          const buckets = spreads.map((spread) => spread & (length - 1));
          if (buckets.every((bucket, i) => i === 0 || buckets[i - 1] <= bucket)) break;
          expect(length).to.be.at.most(64);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("is nothing but itself when empty, at first and again later", () => {
    const set = new JavaHashSet();
    expect(set.size).to.equal(0);
    expect(set.toArray()).to.deep.equal([]);
    expect([...set]).to.deep.equal([]);
    expect(set.has("a")).to.equal(false);
    expect(set.delete("a")).to.equal(false);
    for (let i = 0; i < 100; i++) set.add(`n${i}`);
    for (let i = 0; i < 100; i++) set.delete(`n${i}`);
    expect(set.size).to.equal(0);
    expect([...set]).to.deep.equal([]);
    set.add("again");
    expect(set.toArray()).to.deep.equal(["again"]);
  });

  it("does not shrink its table, as Java does not", () => {
    // In a table of 8 "a" (97) precedes "h" (104), whose bucket is 0; in one of 128 it is the other way round.
    const grown = new JavaHashSet();
    for (let i = 0; i < 80; i++) grown.add(`n${i}`);
    for (let i = 0; i < 80; i++) grown.delete(`n${i}`);
    const fresh = new JavaHashSet();
    for (const set of [grown, fresh]) for (const name of ["a", "h"]) set.add(name);
    expect(fresh.toArray()).to.deep.equal(["h", "a"]);
    expect(grown.toArray()).to.deep.equal(["a", "h"]);
  });
});
