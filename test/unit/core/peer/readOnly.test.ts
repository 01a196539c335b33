import { expect } from "chai";
import { ReadOnlyService } from "../../../../src/core/peer/readOnly.ts";
import { CoreHarness } from "../../../support/coreHarness.ts";

describe("ReadOnlyService", () => {
  function service(isEnabled: boolean, tickTimeMs: number): { readOnly: ReadOnlyService; did: string[] } {
    const did: string[] = [];
    const readOnly = new ReadOnlyService(isEnabled, tickTimeMs, {
      serve: () => {
        did.push("serve");
        return new CoreHarness({ place: { kind: "readOnly" } }).server;
      },
      endServing: () => void did.push("end"),
    });
    return { readOnly, did };
  }

  it("begins after a tick of searching, but not before two seconds, and once", () => {
    for (const [tickTimeMs, graceMs] of [
      [200, 2000],
      [3000, 3000],
    ]) {
      const { readOnly, did } = service(true, tickTimeMs);
      readOnly.tick(1_000_000);
      readOnly.looking(500);
      expect(readOnly.nextDueMs).to.equal(500 + graceMs);
      readOnly.tick(499 + graceMs);
      expect(did).to.deep.equal([]);
      readOnly.tick(500 + graceMs);
      readOnly.tick(501 + graceMs);
      expect(did).to.deep.equal(["serve"]);
      readOnly.end();
      readOnly.end();
      expect(did).to.deep.equal(["serve", "end"]);
    }
  });

  it("does not begin when the search is over, nor without its key", () => {
    const { readOnly, did } = service(true, 2000);
    readOnly.looking(0);
    readOnly.end();
    readOnly.tick(9000);
    readOnly.looking(10_000);
    expect(readOnly.nextDueMs).to.equal(12_000);
    const off = service(false, 2000);
    off.readOnly.looking(0);
    off.readOnly.tick(9_000_000);
    expect([did, off.did, off.readOnly.nextDueMs]).to.deep.equal([[], [], Number.POSITIVE_INFINITY]);
  });
});
