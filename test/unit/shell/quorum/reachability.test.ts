import { createServer, type AddressInfo } from "node:net";
import { expect } from "chai";
import { isReachable } from "../../../../src/shell/quorum/reachability.ts";

describe("a machine that is asked for", () => {
  it("is there if it takes a connection, or refuses it", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await isReachable("127.0.0.1", port, 5000)).to.equal(true);
    await new Promise((resolve) => server.close(resolve));
    expect(await isReachable("127.0.0.1", port, 5000)).to.equal(true);
  });

  it("is not if there is no way to it", async () => {
    expect(await isReachable("nowhere.invalid", 1, 5000)).to.equal(false);
  });
});
