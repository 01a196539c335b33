import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { expect } from "chai";
import { EarlyClient } from "../../../../src/shell/net/earlyClient.ts";

/** A client on one end, and on the other the socket that an EarlyClient looks after. */
describe("EarlyClient", () => {
  let server: Server;
  let early: EarlyClient;
  let gone: number;
  let client: Socket;

  beforeEach(async () => {
    gone = 0;
    server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    const [socket] = (await once(server, "connection")) as [Socket];
    const origin = { remoteAddress: "127.0.0.1", remotePort: 1, secure: false, authIds: [] };
    const host = {
      extraBytes: (word: string) => (word === "stmk" ? 8 : 0),
      answer: (word: string, extra: Uint8Array) => `${word} ${extra.length}`,
    };
    early = new EarlyClient({ socket, secure: false, origin }, host, 10_000, () => gone++);
  });

  afterEach(() => {
    client.destroy();
    early.end();
    server.close();
  });

  async function said(): Promise<string> {
    let text = "";
    client.on("data", (chunk: Buffer) => (text += chunk.toString()));
    await once(client, "close");
    return text;
  }

  it("answers a four-letter word and closes", async () => {
    client.write("srvr");
    expect(await said()).to.equal("srvr 0");
  });

  it("waits for the mask behind stmk, in pieces", async () => {
    client.write("st");
    client.write(Buffer.concat([Buffer.from("mk"), Buffer.alloc(8)]));
    expect(await said()).to.equal("stmk 8");
  });

  it("closes on anything else without a byte, as Apache does on a ConnectRequest", async () => {
    client.write(Buffer.from([0, 0, 0, 45]));
    expect(await said()).to.equal("");
    expect(early.handOver()).to.equal(null);
  });

  it("hands over a client that has said nothing yet, which stays connected", async () => {
    const accepted = early.handOver();
    expect(accepted).to.not.equal(null);
    client.write("late");
    accepted?.socket.resume();
    const [chunk] = (await once(accepted?.socket ?? client, "data")) as [Buffer];
    expect(chunk.toString()).to.equal("late");
    expect(gone).to.equal(0);
  });
});
