import { expect } from "chai";
import { SessionPlaces } from "../../../../../src/core/zab/observers/sessionPlaces.ts";

describe("places of sessions", () => {
  it("forgets those that have ended, or whose observer has gone, and no others", () => {
    const observer = {};
    const living = new Set<bigint>();
    const places = new SessionPlaces<object>((_, id) => living.has(id));
    for (let id = 1n; id <= 100n; id++) living.add(id);
    for (let id = 1n; id <= 100_000n; id++) places.cameTo(id, observer);
    expect(places.size).to.be.at.most(1025);
    for (const id of living) expect(places.maySpeak(id, {}), `session ${id}`).to.equal(false);
    expect(places.maySpeak(500n, {})).to.equal(true);
  });
});
