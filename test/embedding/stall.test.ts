import { expect } from "chai";
import { startServer, type StartedServer } from "../../src/index.ts";
import { RawClient } from "../support/rawClient.ts";

const ping = 11;

/** Nothing else in the process runs meanwhile. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe("an event loop that stands still", () => {
  let server: StartedServer;
  let client: RawClient;

  beforeEach(async () => {
    server = await startServer({ config: { tickTime: 100 } });
    client = await RawClient.open(server.port);
    await client.connect(200);
  });

  afterEach(async () => {
    client.close();
    await server.stop();
  });

  it("costs no session whose ping came in meanwhile", async () => {
    client.send(-2, ping);
    standStill(600);
    expect(await client.next(), "an answer").to.not.equal(null);
    client.send(-2, ping);
    expect(await client.next(), "another one").to.not.equal(null);
  });

  it("ends silent ones even if it does so again and again", async () => {
    const slow = await startServer({ config: { tickTime: 300 } });
    const silent = await RawClient.open(slow.port);
    await silent.connect(600);
    const stalls = setInterval(() => standStill(200), 300);
    expect(await silent.next()).to.equal(null);
    clearInterval(stalls);
    await slow.stop();
  });

  it("does not keep a silent one for ever", async () => {
    standStill(600);
    expect(await client.next()).to.equal(null);
  });
});
