import { expect } from "chai";
import { aclText, permsText } from "../../../../src/core/auth/aclText.ts";

describe("aclText", () => {
  it("names bits in the order cdrwa", () => {
    expect(permsText(31)).to.equal("cdrwa");
    expect([1, 2, 4, 8, 16].map(permsText)).to.deep.equal(["r", "w", "c", "d", "a"]);
    expect(permsText(0)).to.equal("");
    expect(permsText(64)).to.equal("");
    expect(permsText(-1)).to.equal("cdrwa");
  });

  it("glues entries", () => {
    const world = { perms: 1, id: { scheme: "world", id: "anyone" } };
    expect(aclText([world, { perms: 31, id: { scheme: "digest", id: "a:b" } }])).to.equal(
      "world:anyone:rdigest:a:b:cdrwa",
    );
    expect(aclText([])).to.equal("");
  });
});
