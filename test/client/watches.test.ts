import { expect } from "chai";
import type { NodeClient } from "./nodeClient.ts";
import { TestServer } from "./testServer.ts";
import { RawClient, text } from "../support/rawClient.ts";

describe("node-zookeeper-client: watches", () => {
  let server: TestServer;
  let client: NodeClient;
  let other: NodeClient;

  beforeEach(async () => {
    server = await TestServer.start();
    client = await server.client();
    other = await server.client();
    await client.create("/a", "0");
  });

  afterEach(() => server.end());

  it("says once that data has changed", async () => {
    const { value, event } = await client.watchData("/a");
    expect(value.data).to.equal("0");
    await other.setData("/a", "1");
    await other.setData("/a", "2");
    expect(await event).to.include({ name: "NODE_DATA_CHANGED", path: "/a" });
    expect((await client.getData("/a")).data).to.match(/^[12]$/);
  });

  it("says that a node has come", async () => {
    const { value, event } = await client.watchExists("/b");
    expect(value).to.equal(null);
    await other.create("/b");
    expect(await event).to.include({ name: "NODE_CREATED", path: "/b" });
  });

  it("tells every kind of watch that a node has gone", async () => {
    const data = await client.watchData("/a");
    const children = await client.watchChildren("/a");
    const parent = await client.watchChildren("/");
    await other.remove("/a");
    expect(await data.event).to.include({ name: "NODE_DELETED", path: "/a" });
    expect(await children.event).to.include({ name: "NODE_DELETED", path: "/a" });
    expect(await parent.event).to.include({ name: "NODE_CHILDREN_CHANGED", path: "/" });
  });

  it("says that children have come or gone, but not that they have changed", async () => {
    const names: string[] = [];
    const watched = await client.watchChildren("/a");
    await other.setData("/a", "no event for a child watch");
    void watched.event.then(({ name }) => names.push(name));
    const data = await client.watchData("/a");
    await other.setData("/a", "1");
    await data.event;
    expect(names, "before a child comes").to.deep.equal([]);
    await other.create("/a/child");
    expect((await watched.event).name).to.equal("NODE_CHILDREN_CHANGED");
    const again = await client.watchChildren("/a");
    expect(again.value).to.deep.equal(["child"]);
    await other.setData("/a/child", "1");
    await other.remove("/a/child");
    await again.event;
    expect(await client.getChildren("/a")).to.deep.equal([]);
  });

  it("brings the event before any later read shows the change", async () => {
    let seen = false;
    const { event } = await client.watchData("/a");
    void event.then(() => (seen = true));
    const changed = other.setData("/a", "1");
    for (;;) {
      const { data } = await client.getData("/a");
      if (data === "1") break;
    }
    expect(seen).to.equal(true);
    await changed;
  });

  it("catches up on what changed while the connection was gone", async () => {
    const { client: roaming, proxy } = await server.proxied();
    await roaming.create("/watched");
    const data = await roaming.watchData("/a");
    const gone = await roaming.watchExists("/watched");
    const coming = await roaming.watchExists("/later");
    const children = await roaming.watchChildren("/");
    const lost = roaming.until("disconnected");
    proxy.cut("stay");
    await lost;
    await other.setData("/a", "1");
    await other.remove("/watched");
    await other.create("/later");
    const back = roaming.until("connected");
    proxy.mend();
    await back;
    expect((await data.event).name).to.equal("NODE_DATA_CHANGED");
    expect((await gone.event).name).to.equal("NODE_DELETED");
    expect((await coming.event).name).to.equal("NODE_CREATED");
    expect((await children.event).name).to.equal("NODE_CHILDREN_CHANGED");
  });

  it("says it once: what changes after the event is not told", async () => {
    // The library forgets a watch when it fires, so only the wire shows a second event.
    const raw = await RawClient.open(server.started.port);
    await raw.connect();
    const [existsType, getDataType, getChildrenType] = [3, 4, 8];
    for (const type of [existsType, getDataType, getChildrenType])
      expect((await raw.ask(type, type, text("/a"), Buffer.of(1))).err).to.equal(0);
    for (const data of ["1", "2"]) await other.setData("/a", data);
    for (const name of ["/a/b", "/a/c"]) await other.create(name);
    raw.send(9, existsType, text("/a"), Buffer.of(0));
    const xids: (number | undefined)[] = [];
    while (xids.at(-1) !== 9) xids.push((await raw.next())?.xid);
    raw.close();
    // One for the data, asked for twice, and one for the children.
    expect(xids).to.deep.equal([-1, -1, 9]);
  });
});
