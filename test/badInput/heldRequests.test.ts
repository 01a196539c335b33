import { expect } from "chai";
import { OpCode } from "../../protocol/opcodes.ts";
import { CoreHarness } from "../support/coreHarness.ts";

describe("reads behind a write that is not on disk", () => {
  it("are taken up to a number that bounds what is answered in one go, pings too", () => {
    for (const type of [OpCode.exists, OpCode.ping] as const) {
      const harness = new CoreHarness();
      const client = harness.session();
      client.send(OpCode.setData, { path: "/none", data: null, version: -1 });
      harness.takeEffects();
      const count = 300;
      for (let sent = 0; sent < count; sent++) {
        if (type === OpCode.ping) client.send(type, {});
        else client.send(type, { path: "/", watch: false });
      }
      expect(client.connection.heldCount).to.equal(50);
      expect(harness.takeEffects().map(({ tag }) => tag)).to.deep.equal(["pause"]);
      harness.settle();
      expect(client.take()).to.have.length(count + 1);
      expect(client.connection.heldCount).to.equal(0);
      expect(client.connection.paused).to.equal(false);
    }
  });

  it("do not undo the limit of requests in the server", () => {
    const harness = new CoreHarness({ globalOutstandingLimit: 2 });
    const client = harness.session();
    for (let sent = 0; sent < 10; sent++)
      client.send(OpCode.setData, { path: "/none", data: null, version: -1 });
    expect(harness.log.length - 1, "without the createSession").to.equal(4);
    harness.logged(harness.loggedZxid + 1n);
    expect(client.connection.waitingCount, "three in the server, one more than the limit").to.equal(3);
    harness.settle();
    expect(client.take()).to.have.length(10);
  });
});
