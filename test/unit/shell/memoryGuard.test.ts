import { expect } from "chai";
import { MemoryGuard, type MemoryUse } from "../../../src/shell/memoryGuard.ts";

describe("MemoryGuard", () => {
  const changes: [short: boolean, text: string][] = [];
  let uses: MemoryUse[] = [];
  const guard = (): MemoryGuard =>
    new MemoryGuard(
      (short, text) => changes.push([short, text]),
      () => uses,
    );
  const use = (name: string, used: number): MemoryUse => ({
    name,
    used: used * 1024 * 1024,
    limit: 100 * 1024 * 1024,
  });

  beforeEach(() => void changes.splice(0));

  it("says once that memory is short, naming the limit that is nearest", () => {
    const watched = guard();
    uses = [use("the heap", 50), use("the machine", 93)];
    watched.check();
    watched.check();
    expect(changes.map(([short]) => short)).to.deep.equal([true]);
    expect(changes[0][1]).to.match(/93 of 100 MB of the machine/);
  });

  it("says that there is room again only when there is clearly some", () => {
    const watched = guard();
    uses = [use("the heap", 95)];
    watched.check();
    uses = [use("the heap", 90)];
    watched.check();
    expect(changes).to.have.length(1);
    uses = [use("the heap", 80)];
    watched.check();
    expect(changes.map(([short]) => short)).to.deep.equal([true, false]);
  });

  it("is silent while there is room", () => {
    uses = [use("the heap", 91)];
    guard().check();
    expect(changes).to.deep.equal([]);
  });
});
