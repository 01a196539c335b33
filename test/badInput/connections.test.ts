import { expect } from "chai";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createBody, frame, int, long, RawClient, text } from "../support/rawClient.ts";
import { memoryInUse } from "../support/memory.ts";
import { expectClosed, expectServed, readBody, session, setDataBody, until, Witnessed } from "./witness.ts";

const megabyte = 1024 * 1024;
const handshake = frame(int(0), long(0n), int(10_000), long(0n), int(16), Buffer.alloc(16), Buffer.of(0));

/** Text that the server answers with until it closes. */
async function answerTo(port: number, ...parts: readonly Buffer[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.setNoDelay(true);
  for (const part of parts) await new Promise((resolve) => socket.write(part, resolve));
  if (!socket.destroyed) await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

async function openSockets(port: number, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, "127.0.0.1"));
  for (const socket of sockets) socket.on("error", () => undefined);
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  return sockets;
}

async function aliveConnections(port: number): Promise<number> {
  const answer = await answerTo(port, Buffer.from("mntr"));
  return Number(/zk_num_alive_connections\s(\d+)/.exec(answer)?.[1]);
}

describe("connections that nobody should make", () => {
  let witnessed: Witnessed;
  beforeEach(async () => {
    witnessed = await Witnessed.start();
  });
  afterEach(async () => {
    await witnessed.noticesNothing();
    await witnessed.stop();
  });

  /** Only the witness is left, and the one that asks. */
  async function othersAreGone(): Promise<void> {
    await until(async () => (await aliveConnections(witnessed.port)) === 2, "the other connections are gone");
  }

  async function memoryIsBack(before: number): Promise<void> {
    await until(() => memoryInUse() < before + 8 * megabyte, "memory is back");
  }

  it("10,000 connections opened and dropped leave nothing", async () => {
    const kinds = [
      Buffer.alloc(0),
      Buffer.of(0, 0),
      int(0xfffff),
      handshake.subarray(0, 20),
      handshake,
      Buffer.concat([handshake, int(1000)]),
      Buffer.from("ruo"),
    ];
    const round = async (): Promise<void> => {
      const sockets = await openSockets(witnessed.port, 200);
      sockets.forEach((socket, index) => {
        socket.write(kinds[index % kinds.length]);
        // Some go in good order, some by a reset.
        if (index % 2 === 0) socket.resetAndDestroy();
        else socket.destroy();
      });
      // One that comes behind them is answered: none of them waits to be accepted any more.
      await aliveConnections(witnessed.port);
    };
    await round();
    await othersAreGone();
    const before = memoryInUse();
    for (let rounds = 0; rounds < 49; rounds++) await round();
    await othersAreGone();
    await memoryIsBack(before);
  }).timeout(60_000);

  it("a client that sends a byte at a time is served", async () => {
    const client = await RawClient.open(witnessed.port);
    client.socket.setNoDelay(true);
    const bytes = Buffer.concat([handshake, frame(int(1), int(3), readBody("/"))]);
    for (const byte of bytes) await new Promise((resolve) => client.socket.write(Buffer.of(byte), resolve));
    expect((await client.nextFrame())?.readInt32BE(4)).to.equal(10_000);
    expect((await client.next())?.xid).to.equal(1);
    client.close();
  });

  it("a client that ends its side has its connection closed", async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.of(0, 0, 0), handshake.subarray(0, 30)]) {
      const client = await RawClient.open(witnessed.port);
      client.socket.end(bytes);
      await expectClosed(client);
    }
    await othersAreGone();
  });

  it("a claimed megabyte costs no memory until it comes", async () => {
    const sockets: Socket[] = [];
    for (let count = 0; count < 5; count++) sockets.push(...(await openSockets(witnessed.port, 200)));
    const before = memoryInUse();
    for (const socket of sockets) socket.write(Buffer.concat([int(0xfffff), Buffer.alloc(100)]));
    await witnessed.noticesNothing();
    expect(memoryInUse() - before).to.be.below(20 * megabyte);
    for (const socket of sockets) socket.destroy();
    await othersAreGone();
  });

  for (const behindWrite of [false, true]) {
    const which = behindWrite ? ", also behind a write" : "";
    it(`a client that never reads is not read either, and holds a bounded amount of memory${which}`, async () => {
      const client = await session(witnessed.server);
      await client.ask(1, 1, createBody("/megabyte", Buffer.alloc(1_000_000)));
      const before = memoryInUse();
      client.socket.pause();
      const frames = Array.from({ length: 2000 }, (_, xid) => frame(int(xid), int(4), readBody("/megabyte")));
      if (behindWrite) frames.unshift(frame(int(1), int(5), setDataBody("/witness/none", Buffer.of(1))));
      client.socket.write(Buffer.concat(frames));
      for (let times = 0; times < 50; times++) await witnessed.noticesNothing();
      expect(memoryInUse() - before).to.be.below(120 * megabyte);
      // It is behind, not lost: all of it comes when it is asked for.
      client.socket.resume();
      if (behindWrite) expect((await client.next())?.err).to.equal(-101);
      for (let xid = 0; xid < 150; xid++) {
        const reply = await client.next();
        expect({ xid: reply?.xid, length: reply?.body.length }).to.deep.equal({ xid, length: 1_000_072 });
      }
      client.close();
      await othersAreGone();
      await memoryIsBack(before);
    });
  }

  it("a multiRead that asks for gigabytes is refused, and the session lives on", async () => {
    const client = await session(witnessed.server);
    await client.ask(1, 1, createBody("/megabyte", Buffer.alloc(1_000_000)));
    const one = Buffer.concat([int(4), Buffer.of(0), int(-1), readBody("/megabyte")]);
    const all = Buffer.concat([...Array.from({ length: 20_000 }, () => one), int(-1), Buffer.of(1), int(-1)]);
    const reply = await client.ask(2, 22, all);
    expect({ err: reply.err, length: reply.body.length }).to.deep.equal({ err: -5, length: 0 });
    await expectServed(client);
    client.close();
    await othersAreGone();
  });

  it("a client that does not read its events is closed when too many wait for it", async () => {
    const watcher = await session(witnessed.server);
    const path = `/${"p".repeat(8000)}`;
    const writer = await session(witnessed.server);
    await writer.ask(1, 1, createBody(path, Buffer.alloc(0)));
    const before = memoryInUse();
    await watcher.ask(1, 106, text(path), int(0));
    watcher.socket.pause();
    const body = setDataBody(path, Buffer.alloc(0));
    const batch = 500;
    let gone = false;
    for (let sent = 0; sent < 30_000 && !gone; sent += batch) {
      for (let xid = 0; xid < batch; xid++) writer.send(xid, 5, body);
      for (let xid = 0; xid < batch; xid++) expect((await writer.next())?.err).to.equal(0);
      gone = (await aliveConnections(witnessed.port)) === 3;
    }
    expect(gone, "the connection of the watcher is closed").to.equal(true);
    watcher.close();
    writer.close();
    await othersAreGone();
    await memoryIsBack(before);
  }).timeout(60_000);

  it("a four-letter word is one whatever its segments, and a frame behind the handshake", async () => {
    const { port } = witnessed;
    expect(await answerTo(port, Buffer.from("ruok"))).to.equal("imok");
    expect(await answerTo(port, Buffer.from("r"), Buffer.from("u"), Buffer.from("ok"))).to.equal("imok");
    expect(await answerTo(port, Buffer.from("ruok\r\n"))).to.equal("imok");
    expect(await answerTo(port, Buffer.from("ruokruokruok"))).to.equal("imok");
    expect(await answerTo(port, Buffer.concat([Buffer.from("ruok"), Buffer.alloc(100_000, 0xff)]))).to.equal(
      "imok",
    );
    expect(await answerTo(port, Buffer.concat([Buffer.from("ruok"), handshake]))).to.equal("imok");
    expect(await answerTo(port, Buffer.from("nope"))).to.equal("");
    expect(await answerTo(port, Buffer.concat([int(4), Buffer.from("ruok")]))).to.equal("");
    const client = await session(witnessed.server);
    client.socket.write("ruok");
    await expectClosed(client);
    await othersAreGone();
  });

  it("500 words at once are answered", async () => {
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        answerTo(witnessed.port, Buffer.from(index % 2 === 0 ? "srvr" : "cons")),
      ),
    );
    expect(answers.every((answer) => answer.length > 10)).to.equal(true);
    await othersAreGone();
  });
});

describe("connections beyond the limits", () => {
  it("one address gets no more than maxClientCnxns, whatever the storm, and others go on", async () => {
    const witnessed = await Witnessed.start({ config: { maxClientCnxns: 10 } });
    try {
      const clients = await Promise.all(Array.from({ length: 300 }, () => RawClient.open(witnessed.port)));
      const served = await Promise.all(clients.map((client) => client.connect().catch(() => false)));
      expect(served.filter((one) => one)).to.have.length(9);
      await witnessed.noticesNothing();
      for (const client of clients) client.close();
      await until(async () => {
        const client = await RawClient.open(witnessed.port);
        const isServed = await client.connect().catch(() => false);
        if (isServed) await expectServed(client);
        client.close();
        return isServed;
      }, "a place is free again");
      await witnessed.noticesNothing();
    } finally {
      await witnessed.stop();
    }
  });

  it("a connection that never speaks is closed after its time", async () => {
    const witnessed = await Witnessed.start({ config: { "nio.sessionlessCnxnTimeout": 300 } });
    try {
      for (const bytes of [Buffer.alloc(0), handshake.subarray(0, 10)]) {
        const client = await RawClient.open(witnessed.port);
        client.socket.write(bytes);
        await expectClosed(client);
      }
      await witnessed.noticesNothing();
    } finally {
      await witnessed.stop();
    }
  });
});
