import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { expect } from "chai";
import { LoadClient } from "../../../../src/shell/load/loadClient.ts";
import { createRequest, getRequest } from "../../../../src/shell/load/loadWorks.ts";
import { frame, int, long } from "../../../support/rawClient.ts";

const data = Buffer.from("data");
const stat = Buffer.alloc(68);
const get = getRequest("/n", data);

/** What the server says to the first request of a session, xid 1. */
async function answering(reply: Buffer): Promise<Server> {
  const session = frame(int(0), int(10_000), long(1n), int(16), Buffer.alloc(16), Buffer.of(0));
  const server = createServer((socket) => {
    let frames = 0;
    socket.on("data", () => socket.write(frames++ === 0 ? session : reply));
    socket.on("error", () => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function asked(reply: Buffer, request = get): Promise<string> {
  const server = await answering(reply);
  const { port } = server.address() as AddressInfo;
  const client = await LoadClient.open({ host: "127.0.0.1", port });
  const told = await client.ask(request).then(
    () => "fine",
    (error: unknown) => (error instanceof Error ? error.message : "?"),
  );
  client.drop();
  server.close();
  return told;
}

const header = (xid: number, err = 0): Buffer => Buffer.concat([int(xid), long(5n), int(err)]);

describe("a load generator's client", () => {
  it("takes a reply that is right", async () => {
    expect(await asked(frame(header(1), int(4), data, stat))).to.equal("fine");
  });

  const lies: Record<string, Buffer> = {
    "another xid": frame(header(2), int(4), data, stat),
    "an error": frame(header(1, -101)),
    "other data": frame(header(1), int(4), Buffer.from("dita"), stat),
    "too little": frame(header(1), int(4), data),
    "no whole header": frame(int(1)),
  };
  for (const [what, reply] of Object.entries(lies)) {
    it(`does not take ${what}`, async () => {
      expect(await asked(reply)).to.match(
        /getData \/n was answered|which is not its turn|a reply has 4 bytes/,
      );
    });
  }

  it("does not take another path than the one that was made", async () => {
    const reply = frame(header(1), int(2), Buffer.from("/x"));
    expect(await asked(reply, createRequest("/n", data))).to.match(/other bytes/);
  });

  it("tells of a server that goes away", async () => {
    const server = createServer((socket) => socket.destroy());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const told = await LoadClient.open({ host: "127.0.0.1", port }).then(
      () => "open",
      () => "refused",
    );
    server.close();
    expect(told).to.equal("refused");
  });
});
