import { expect } from "chai";
import { ErrorCode } from "../../../../protocol/errors.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import { type CoreClient, openAcl } from "../../../support/coreClient.ts";
import { CoreHarness } from "../../../support/coreHarness.ts";
import { rawFrame, requestFrame } from "../../../support/coreFrames.ts";
import { RandomClients } from "../../../support/randomClients.ts";

const createOf = (path: string, flags = 0) => ({ path, data: null, acl: openAcl, flags });

/** What came so far, in a word each: `3` for the reply to xid 3, with its error if it has one; `event /a`. */
function heard(client: CoreClient): string[] {
  return client.take().map((one) => {
    if (one.kind === "connect") return "connected";
    if (one.kind === "event") return `event ${one.path}`;
    return one.err === 0 ? `${one.xid}` : `${one.xid}:${one.err}`;
  });
}

describe("ZooKeeperServer: order", () => {
  it("acknowledges nothing before the disk has it, and then in order", () => {
    const harness = new CoreHarness();
    const client = harness.accept();
    client.connect();
    expect(heard(client), "a new session waits for its createSession").to.deep.equal([]);
    expect(harness.server.lastProcessedZxid).to.equal(0n);
    harness.logged(1n);
    client.connected();
    client.send(OpCode.create, createOf("/a"));
    client.send(OpCode.create, createOf("/a"));
    client.send(OpCode.multi, []);
    client.send(OpCode.closeSession, {});
    expect(harness.log).to.have.length(5);
    expect(harness.server.outstandingProposals).to.equal(4);
    for (const [zxid, words] of [
      [2n, ["1"]],
      [3n, [`2:${ErrorCode.NODEEXISTS}`]],
      [5n, ["3", "4"]],
    ] as const) {
      expect(client.received).to.deep.equal([]);
      harness.logged(zxid);
      expect(heard(client)).to.deep.equal(words);
    }
    expect(client.closeReason).to.equal("closed by the client");
  });

  it("holds a session's reads behind its writes, and answers those of another session at once", () => {
    const harness = new CoreHarness();
    const [writer, reader] = [harness.session(), harness.session()];
    writer.send(OpCode.getData, { path: "/", watch: false });
    expect(heard(writer)).to.deep.equal(["1"]);
    writer.send(OpCode.create, createOf("/a"));
    writer.send(OpCode.exists, { path: "/a", watch: false });
    writer.send(OpCode.ping, {}, -2);
    writer.send(OpCode.create, createOf("/b"));
    writer.send(OpCode.sync, { path: "/" });
    expect(heard(writer)).to.deep.equal([]);
    reader.send(OpCode.exists, { path: "/a", watch: false });
    reader.send(OpCode.ping, {}, -2);
    expect(heard(reader), "the node is not there yet").to.deep.equal(["1:-101", "-2"]);
    harness.logged(harness.loggedZxid + 1n);
    expect(heard(writer)).to.deep.equal(["2", "3", "-2"]);
    harness.settle();
    expect(heard(writer)).to.deep.equal(["4", "5"]);
  });

  it("keeps the bytes of a held read for itself", () => {
    const harness = new CoreHarness();
    const client = harness.session();
    client.create("/right");
    client.send(OpCode.create, createOf("/a"));
    // A chunk of a socket is a Buffer, whose slice is no copy.
    const frame = Buffer.from(requestFrame(OpCode.exists, 9, { path: "/right", watch: false }));
    harness.server.frame(client.connection, frame, 0, frame.length);
    frame.set(Buffer.from(requestFrame(OpCode.exists, 9, { path: "/wrong", watch: true })));
    harness.server.logged(harness.lastAppendedZxid);
    const out = client.connection.out.copy();
    const view = new DataView(out.buffer, out.byteOffset);
    const second = 4 + view.getInt32(0);
    expect([view.getInt32(second + 4), view.getInt32(second + 16)], "xid and error").to.deep.equal([9, 0]);
  });

  it("sends auth at once, past what is under way", () => {
    const harness = new CoreHarness();
    const client = harness.session();
    client.send(OpCode.create, createOf("/a"));
    client.send(OpCode.auth, { type: 0, scheme: "digest", auth: new TextEncoder().encode("u:p") }, -4);
    expect(heard(client)).to.deep.equal(["-4"]);
    harness.settle();
    expect(heard(client)).to.deep.equal(["1"]);
  });

  it("sends events before the reply of the write that caused them and of any read that shows it", () => {
    const harness = new CoreHarness();
    const [writer, watcher] = [harness.session(), harness.session()];
    writer.send(OpCode.exists, { path: "/a", watch: true });
    watcher.send(OpCode.exists, { path: "/a", watch: true });
    expect([heard(writer), heard(watcher)]).to.deep.equal([["1:-101"], ["1:-101"]]);
    writer.send(OpCode.create, createOf("/a"));
    watcher.send(OpCode.exists, { path: "/a", watch: false });
    expect(heard(watcher), "neither event nor node before the disk").to.deep.equal(["2:-101"]);
    harness.settle();
    watcher.send(OpCode.exists, { path: "/a", watch: false });
    expect(heard(writer)).to.deep.equal(["event /a", "2"]);
    expect(heard(watcher)).to.deep.equal(["event /a", "3"]);
  });

  it("puts the transaction's zxid on events and -1 on the catch-up of setWatches", () => {
    const harness = new CoreHarness();
    const client = harness.session();
    client.send(OpCode.exists, { path: "/a", watch: true });
    client.create("/a");
    const zxid = harness.server.lastProcessedZxid;
    const lists = { dataWatches: ["/a", "/gone"], existWatches: [], childWatches: [] };
    client.take();
    client.send(OpCode.getData, { path: "/a", watch: true });
    client.ok(OpCode.setData, { path: "/a", data: null, version: -1 });
    client.send(OpCode.setWatches, { relativeZxid: zxid, ...lists }, -8);
    const events = client
      .take()
      .flatMap((one) => (one.kind === "event" ? [[one.type, one.path, one.zxid]] : []));
    expect(events).to.deep.equal([
      [3, "/a", zxid + 1n],
      [3, "/a", -1n],
      [2, "/gone", -1n],
    ]);
  });

  it("drops an event that its receiver may not read, and uses up the watch", () => {
    const harness = new CoreHarness();
    const [writer, watcher] = [harness.session(), harness.session({}, { remoteAddress: "10.0.0.9" })];
    writer.create("/a");
    watcher.ok(OpCode.getData, { path: "/a", watch: true });
    const acl = [{ perms: 31, id: { scheme: "ip", id: "127.0.0.1" } }];
    writer.ok(OpCode.setACL, { path: "/a", acl, version: -1 });
    writer.ok(OpCode.setData, { path: "/a", data: null, version: -1 });
    writer.ok(OpCode.setACL, { path: "/a", acl: openAcl, version: -1 });
    writer.ok(OpCode.setData, { path: "/a", data: null, version: -1 });
    expect(watcher.take()).to.deep.equal([]);
  });

  it("answers nothing behind closeSession, and takes no more frames", () => {
    const harness = new CoreHarness();
    const client = harness.session();
    client.create("/eph", null, 1);
    client.send(OpCode.exists, { path: "/eph", watch: true });
    client.take();
    client.send(OpCode.closeSession, {});
    const closeZxid = harness.lastAppendedZxid;
    client.send(OpCode.create, createOf("/late"));
    client.send(OpCode.ping, {}, -2);
    harness.settle();
    expect(heard(client), "the last event still comes").to.deep.equal(["event /eph", "3"]);
    expect(harness.server.tree.find("/late")).to.equal(-1);
    expect(harness.server.tree.find("/eph")).to.equal(-1);
    const { lastProcessedZxid } = harness.server;
    expect(lastProcessedZxid, "no zxid is spent on what came behind").to.equal(closeZxid);
    expect(harness.server.sessions.count).to.equal(0);
    expect(harness.server.timeouts.size).to.equal(0);
  });

  it("applies the writes of a client that is gone, and tells nobody", () => {
    const harness = new CoreHarness();
    const client = harness.session();
    client.send(OpCode.create, createOf("/a"));
    client.send(OpCode.exists, { path: "/a", watch: true });
    client.disconnect();
    harness.takeEffects();
    harness.settle();
    expect(harness.server.tree.find("/a")).to.be.greaterThan(-1);
    expect(harness.takeEffects()).to.deep.equal([]);
    expect(client.received).to.deep.equal([]);
    expect(harness.server.outstanding.inProcess).to.equal(0);
    expect(harness.server.watches.watchCount).to.equal(0);
    expect(harness.server.connections.size).to.equal(0);
  });

  it("answers every request once, in order, at random", () => {
    for (let seed = 0; seed < 20; seed++) {
      const clients = new RandomClients(seed);
      for (let i = 0; i < 150; i++) clients.step();
      clients.harness.settle();
      for (const client of clients.harness.clients) {
        const xids = client.received.flatMap((one) => (one.kind === "reply" ? [one.xid] : []));
        expect(xids).to.deep.equal(Array.from({ length: xids.length }, (_, i) => i + 1));
        if (!client.closed) expect(client.connection.outstandingCount).to.equal(0);
      }
      expect(clients.harness.server.outstanding.inProcess).to.equal(0);
    }
  });

  it("asks for one flush until the output is taken", () => {
    const harness = new CoreHarness();
    const client = harness.session();
    harness.takeEffects();
    const ping = rawFrame(OpCode.ping, -2);
    for (let i = 0; i < 3; i++) harness.server.frame(client.connection, ping, 0, ping.length);
    expect(harness.takeEffects()).to.deep.equal([{ tag: "flush", client: 0 }]);
    expect(client.connection.out.length).to.equal(3 * 20);
  });
});
