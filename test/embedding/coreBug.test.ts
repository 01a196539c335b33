import { expect } from "chai";
import { ZooKeeperServer } from "../../src/core/server/zooKeeperServer.ts";
import { startServer } from "../../src/index.ts";
import { RawClient } from "../support/rawClient.ts";

type Method = "accept" | "countWord" | "disconnected" | "frame" | "logged" | "tick";

/** Breaks a method of the core of every server; returns what mends it. */
function breakCore(method: Method): () => void {
  const whole = Object.getOwnPropertyDescriptor(ZooKeeperServer.prototype, method);
  if (whole === undefined) throw new Error(`the core has no ${method}`);
  Object.defineProperty(ZooKeeperServer.prototype, method, {
    ...whole,
    value: () => {
      throw new Error("a state that cannot be");
    },
  });
  return () => Object.defineProperty(ZooKeeperServer.prototype, method, whole);
}

describe("a bug in the core", () => {
  const ways: [Method, (client: RawClient) => unknown][] = [
    ["frame", (client) => client.send(1, 11)],
    ["logged", (client) => client.send(1, -11)],
    ["tick", () => undefined],
    ["disconnected", (client) => client.close()],
    ["accept", async (client) => RawClient.open(client.socket.remotePort ?? 0)],
    [
      "countWord",
      async (client) => (await RawClient.open(client.socket.remotePort ?? 0)).socket.write("ruok"),
    ],
  ];
  for (const [method, provoke] of ways) {
    it(`in ${method} ends its server with a reason and leaves the process and other servers alone`, async () => {
      const config = { tickTime: 100 };
      const [broken, other] = [await startServer({ config }), await startServer()];
      const client = await RawClient.open(broken.port);
      await client.connect();
      const mend = breakCore(method);
      try {
        await provoke(client);
        expect(await broken.closed).to.deep.equal({ exitCode: 1 });
      } finally {
        mend();
      }
      client.close();
      const witness = await RawClient.open(other.port);
      expect(await witness.connect()).to.equal(true);
      witness.close();
      await other.stop();
      await broken.stop();
    });
  }
});
