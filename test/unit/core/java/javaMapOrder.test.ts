import { expect } from "chai";
import { inJavaMapOrder } from "../../../../src/core/java/javaMapOrder.ts";

describe("inJavaMapOrder", () => {
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
    expect(inJavaMapOrder(paths, "HashMap", 6)).to.deep.equal([
      "/é/日本",
      "/rec/s0/none",
      "/rec/s2/a",
      "/rec/s0/a",
      "/rec/s2/none",
      "/a/long/path/that/overflows/int",
    ]);
    const thirteen = Array.from({ length: 13 }, (_, i) => `/k${i}`);
    const asPrinted = "11 12 10 0 1 2 3 4 5 6 7 8 9".split(" ").map((i) => `/k${i}`);
    expect(inJavaMapOrder(thirteen, "HashMap", 13)).to.deep.equal(asPrinted);
  });

  it("takes the capacity of the largest size there ever was", () => {
    expect(inJavaMapOrder(paths, "HashMap", 994)).to.deep.equal([
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
    expect(inJavaMapOrder(twelve, "HashMap", 12)).to.deep.equal([
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
    expect(inJavaMapOrder([...twelve, "/zz"], "HashMap", 13)).to.deep.equal([
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
    expect(inJavaMapOrder(["BB", "Aa"], "HashMap", 2)).to.deep.equal(["BB", "Aa"]);
    expect(inJavaMapOrder(["Aa", "BB"], "HashMap", 2)).to.deep.equal(["Aa", "BB"]);
  });

  it("takes null and no keys at all", () => {
    expect(inJavaMapOrder(["a", null], "HashMap", 2)).to.deep.equal([null, "a"]);
    expect(inJavaMapOrder([], "HashMap", 0)).to.deep.equal([]);
  });

  it("orders strings as Apache's maps of paths and of metrics do", () => {
    expect(inJavaMapOrder(["/rec/s0/a", "/rec/s0/none"], "HashMap")).to.deep.equal([
      "/rec/s0/none",
      "/rec/s0/a",
    ]);
    const learnerSets = ["write_per_namespace", "read_per_namespace", "learner_handler_qp_size"];
    expect(inJavaMapOrder(learnerSets, "ConcurrentHashMap")).to.deep.equal(learnerSets.toReversed());
  });

  it("grows at the 12th key of a ConcurrentHashMap and at the 13th of a HashMap", () => {
    // The codes of the letters are 97 and up: bin 1 of 16 and of 32 for "a", but "p" (112) is bin 0 of 16 and 16 of 32.
    const twelve = "abcdefghijkp".split("");
    expect(inJavaMapOrder(twelve, "HashMap")[0]).to.equal("p");
    expect(inJavaMapOrder(twelve, "ConcurrentHashMap")[0]).to.equal("a");
    expect(inJavaMapOrder([...twelve, "l"], "HashMap")[0]).to.equal("a");
  });

  it("orders session ids as longs", () => {
    const ids = [0x100004fce880000n, 0x200004fd05e0000n, 0x300004fcef80000n, 0x400004fd0060000n];
    expect(inJavaMapOrder(ids, "ConcurrentHashMap")).to.deep.equal([ids[1], ids[0], ids[2], ids[3]]);
    expect(inJavaMapOrder([-1n, 1n], "ConcurrentHashMap")).to.deep.equal([-1n, 1n]);
  });
});
