import { expect } from "chai";
import { javaHashOrder } from "../../../../src/core/watches/javaHashOrder.ts";

describe("javaHashOrder", () => {
  const paths = [
    "/rec/s2/none",
    "/rec/s2/a",
    "/rec/s0/a",
    "/rec/s0/none",
    "/a/long/path/that/overflows/int",
    "/é/日本",
  ];

  // The expected orders were printed by a JVM's HashMap.
  it("orders by bucket of the spread hash", () => {
    expect(javaHashOrder(paths, 6)).to.deep.equal([
      "/é/日本",
      "/rec/s0/none",
      "/rec/s2/a",
      "/rec/s0/a",
      "/rec/s2/none",
      "/a/long/path/that/overflows/int",
    ]);
    const thirteen = Array.from({ length: 13 }, (_, i) => `/k${i}`);
    const asPrinted = "11 12 10 0 1 2 3 4 5 6 7 8 9".split(" ").map((i) => `/k${i}`);
    expect(javaHashOrder(thirteen, 13)).to.deep.equal(asPrinted);
  });

  it("takes the capacity of the largest size there ever was", () => {
    expect(javaHashOrder(paths, 994)).to.deep.equal([
      "/rec/s0/a",
      "/é/日本",
      "/a/long/path/that/overflows/int",
      "/rec/s2/none",
      "/rec/s0/none",
      "/rec/s2/a",
    ]);
  });

  it("doubles beyond three quarters full", () => {
    const twelve = Array.from({ length: 12 }, (_, i) => `/n${i * 37}`);
    expect(javaHashOrder(twelve, 12)).to.deep.equal([
      "/n0",
      "/n37",
      "/n370",
      "/n407",
      "/n185",
      "/n296",
      "/n222",
      "/n74",
      "/n111",
      "/n333",
      "/n259",
      "/n148",
    ]);
    expect(javaHashOrder([...twelve, "/zz"], 13)).to.deep.equal([
      "/n370",
      "/n185",
      "/n74",
      "/zz",
      "/n0",
      "/n37",
      "/n407",
      "/n296",
      "/n222",
      "/n111",
      "/n333",
      "/n259",
      "/n148",
    ]);
  });

  it("keeps insertion order inside a bucket", () => {
    // "Aa" and "BB" have the same hash code.
    expect(javaHashOrder(["BB", "Aa"], 2)).to.deep.equal(["BB", "Aa"]);
    expect(javaHashOrder(["Aa", "BB"], 2)).to.deep.equal(["Aa", "BB"]);
  });

  it("takes null and no keys at all", () => {
    expect(javaHashOrder(["a", null], 2)).to.deep.equal([null, "a"]);
    expect(javaHashOrder([], 0)).to.deep.equal([]);
  });
});
