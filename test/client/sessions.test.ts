import { expect } from "chai";
import zookeeper from "node-zookeeper-client";
import { connectClient, long } from "./nodeClient.ts";
import { TestServer } from "./testServer.ts";
import { int, openAcl, RawClient, text } from "../support/rawClient.ts";

const { CreateMode } = zookeeper;

describe("node-zookeeper-client: sessions", () => {
  let server: TestServer;

  afterEach(() => server.end());

  it("negotiates the timeout into 2 to 20 ticks", async () => {
    server = await TestServer.start({ config: { tickTime: 1000 } });
    const timeoutOf = async (sessionTimeout: number): Promise<number> =>
      (await server.client({ sessionTimeout })).client.getSessionTimeout();
    expect(await timeoutOf(1)).to.equal(2_000);
    expect(await timeoutOf(5_000)).to.equal(5_000);
    expect(await timeoutOf(1_000_000)).to.equal(20_000);
  });

  it("keeps a session and its ephemeral node over a broken connection", async () => {
    server = await TestServer.start();
    const { client, proxy } = await server.proxied();
    await client.create("/here", "", CreateMode.EPHEMERAL);
    const { sessionId } = client;
    const back = client.until("connected");
    proxy.cut();
    await back;
    expect(client.sessionId).to.equal(sessionId);
    expect(await client.exists("/here")).to.not.equal(null);
  });

  it("keeps data, sessions, ephemeral nodes and watches over a restart", async () => {
    server = await TestServer.start({ onDisk: true });
    const { client, proxy } = await server.proxied();
    await client.create("/data", "kept");
    const before = (await client.setData("/data", "kept well")).mzxid;
    await client.create("/here", "", CreateMode.EPHEMERAL);
    const watched = await client.watchExists("/data/child");
    const { sessionId } = client;
    const back = client.until("connected");
    await server.restart();
    await back;
    expect(client.sessionId).to.equal(sessionId);
    const { data, stat } = await client.getData("/data");
    expect(data).to.equal("kept well");
    expect(long(stat.mzxid)).to.equal(long(before));
    const owner = await client.exists("/here");
    expect(owner === null ? null : long(owner.ephemeralOwner)).to.equal(sessionId);

    const other = await server.client();
    await other.create("/data/child");
    expect((await watched.event).name).to.equal("NODE_CREATED");
    const { event } = await other.watchExists("/here");
    await server.close(client);
    expect((await event).name).to.equal("NODE_DELETED");
    expect(proxy.port).to.equal(server.started.port);
  });

  it("numbers sequential nodes on after a restart", async () => {
    server = await TestServer.start({ onDisk: true });
    const { client } = await server.proxied();
    await client.create("/queue");
    await client.create("/queue/n-", "", CreateMode.PERSISTENT_SEQUENTIAL);
    await client.remove("/queue/n-0000000000");
    const back = client.until("connected");
    await server.restart();
    await back;
    expect(await client.create("/queue/n-", "", CreateMode.PERSISTENT_SEQUENTIAL)).to.equal(
      "/queue/n-0000000001",
    );
  });

  it("hands a session over to another client with its id and password", async () => {
    server = await TestServer.start();
    const { client: first, proxy } = await server.proxied();
    await first.create("/here", "", CreateMode.EPHEMERAL);
    const second = await connectClient(server.started.connectString, {
      sessionId: first.client.getSessionId(),
      sessionPassword: first.client.getSessionPassword(),
    });
    expect(second.sessionId).to.equal(first.sessionId);
    proxy.cut("stay");
    const other = await server.client();
    const { value, event } = await other.watchExists("/here");
    expect(value).to.not.equal(null);
    await second.close();
    await event;
    const expired = first.until("expired");
    proxy.mend();
    await expired;
    server.forget(first);
  });

  it("ends a session that has gone silent, and tells its client when it comes back", async () => {
    server = await TestServer.start({ config: { tickTime: 100, maxSessionTimeout: 60_000 } });
    const other = await server.client({ sessionTimeout: 60_000 });
    const { client, proxy } = await server.proxied({ sessionTimeout: 500 });
    await client.create("/here", "", CreateMode.EPHEMERAL);
    const { event } = await other.watchExists("/here");
    proxy.cut("stay");
    expect((await event).name).to.equal("NODE_DELETED");
    const expired = client.until("expired");
    proxy.mend();
    await expired;
    server.forget(client);
  });

  const deaths: [string, (raw: RawClient) => void][] = [
    ["whose process has died", (raw) => raw.close()],
    ["that says nothing while its connection stands", () => undefined],
  ];
  for (const [what, die] of deaths) {
    it(`ends the session of a client ${what}`, async () => {
      server = await TestServer.start({ config: { tickTime: 100, maxSessionTimeout: 60_000 } });
      const other = await server.client({ sessionTimeout: 60_000 });
      const raw = await RawClient.open(server.started.port);
      expect(await raw.connect(500)).to.equal(true);
      const body = [text("/here"), text(""), openAcl, int(CreateMode.EPHEMERAL)];
      expect((await raw.ask(1, 1, ...body)).err).to.equal(0);
      const { value, event } = await other.watchExists("/here");
      expect(value === null ? null : long(value.ephemeralOwner)).to.equal(raw.sessionId);
      die(raw);
      expect((await event).name).to.equal("NODE_DELETED");
      expect(await raw.nextFrame(), "the connection is closed").to.equal(null);

      // Its id and password open nothing any more: the answer is session 0, and the end.
      const late = await RawClient.open(server.started.port);
      await late.connect(500, raw.sessionId, raw.password);
      expect({ sessionId: late.sessionId, timeoutMs: late.timeoutMs }).to.deep.equal({
        sessionId: 0n,
        timeoutMs: 0,
      });
      expect(await late.nextFrame()).to.equal(null);
    });
  }
});
