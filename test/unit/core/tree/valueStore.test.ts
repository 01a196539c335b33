import { expect } from "chai";
import fc from "fast-check";
import { JuteWriter } from "../../../../protocol/jute/writer.ts";
import { ValueStore } from "../../../../src/core/tree/valueStore.ts";
import { blockEntries } from "../../../../src/core/tree/columns.ts";

function filled(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

function grown(): ValueStore {
  const store = new ValueStore();
  store.grow();
  return store;
}

describe("values of znodes", () => {
  it("holds null, nothing, and values of every size up to the largest cell and beyond", () => {
    const store = grown();
    expect(store.get(0)).to.equal(null);
    store.set(0, new Uint8Array(0));
    expect(store.get(0)).to.deep.equal(new Uint8Array(0));
    for (const length of [1, 15, 16, 17, 127, 128, 129, 144, 145, 4095, 4096, 4097, 100_000]) {
      store.set(1, filled(length, length & 0xff));
      expect(store.get(1)).to.deep.equal(filled(length, length & 0xff));
      expect(store.lengthOf(1)).to.equal(length);
    }
    store.set(1, null);
    expect(store.get(1)).to.equal(null);
    expect(store.lengthOf(1)).to.equal(0);
  });

  it("keeps a copy", () => {
    const store = grown();
    const value = filled(10, 1);
    store.set(0, value);
    value.fill(2);
    expect(store.get(0)).to.deep.equal(filled(10, 1));
  });

  it("takes a view of what it holds, also in the place of that very value", () => {
    const store = grown();
    store.set(0, filled(40, 7));
    store.set(0, store.get(0));
    expect(store.get(0)).to.deep.equal(filled(40, 7));
    store.set(0, store.get(0)?.subarray(0, 8) ?? null);
    expect(store.get(0)).to.deep.equal(filled(8, 7));
  });

  it("writes them as jute buffers", () => {
    const store = grown();
    store.set(1, filled(2, 9));
    const writer = new JuteWriter();
    store.write(0, writer);
    store.write(1, writer);
    expect([...writer.view()]).to.deep.equal([255, 255, 255, 255, 0, 0, 0, 2, 9, 9]);
  });

  it("gives blocks back when their values have gone", () => {
    const store = grown();
    for (let slot = 0; slot < blockEntries; slot++) store.set(slot, filled(100, slot & 0xff));
    const before = store.blockCount;
    expect(before).to.be.at.least(7);
    for (let slot = 0; slot < blockEntries; slot++) store.set(slot, null);
    expect(store.blockCount).to.be.at.most(1);
    for (let slot = 0; slot < blockEntries; slot++) store.set(slot, filled(300, slot & 0xff));
    for (let slot = 0; slot < blockEntries; slot += 97)
      expect(store.get(slot)).to.deep.equal(filled(300, slot & 0xff));
  });

  it("is a map from slots to bytes, whatever is done in whatever order", () => {
    const value = fc.oneof(
      fc.constant(null),
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 4000, max: 4200 }),
    );
    const changes = fc.array(fc.tuple(fc.nat(60), value, fc.nat(255)), { minLength: 1, maxLength: 1500 });
    fc.assert(
      fc.property(changes, (list) => {
        const store = grown();
        const model = new Map<number, Uint8Array | null>();
        for (const [slot, length, byte] of list) {
          const next = length === null ? null : filled(length, byte);
          store.set(slot, next);
          model.set(slot, next);
        }
        for (const [slot, expected] of model) {
          const got = store.get(slot);
          expect(got === null ? null : Buffer.from(got).toString("hex")).to.equal(
            expected === null ? null : Buffer.from(expected).toString("hex"),
          );
        }
      }),
      { numRuns: 60 },
    );
  });
});
