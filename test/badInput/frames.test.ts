import { expect } from "chai";
import { createBody, frame, int, long, type RawClient, text } from "../support/rawClient.ts";
import { expectClosed, expectServed, readBody, session, setDataBody, until, Witnessed } from "./witness.ts";
import { RawClient as Raw } from "../support/rawClient.ts";

/** jute.maxbuffer: the longest frame. */
const frameBytesMax = 0xfffff;
const headerBytes = 8;
const opCodes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 101, 103, 104, 105, 106];

describe("frames that nobody should send", () => {
  let witnessed: Witnessed;
  before(async () => {
    witnessed = await Witnessed.start();
  });
  afterEach(() => witnessed.noticesNothing());
  after(() => witnessed.stop());

  /** A setData to `path` whose frame has exactly so many bytes. */
  function setDataOf(path: string, frameBytes: number): Buffer {
    const fixed = headerBytes + setDataBody(path, Buffer.alloc(0)).length;
    return setDataBody(path, Buffer.alloc(frameBytes - fixed, 0x61));
  }

  it("a frame of jute.maxbuffer bytes is taken, one byte more costs the connection", async () => {
    const client = await session(witnessed.server);
    await client.ask(1, 1, createBody("/large", Buffer.alloc(0)));
    const reply = await client.ask(2, 5, setDataOf("/large", frameBytesMax));
    expect(reply.err).to.equal(0);
    const read = await client.ask(3, 4, readBody("/large"));
    const sent = frameBytesMax - headerBytes - setDataBody("/large", Buffer.alloc(0)).length;
    expect(read.body.readInt32BE(0)).to.equal(sent);
    client.send(4, 5, setDataOf("/large", frameBytesMax + 1));
    await expectClosed(client);
    client.close();
  });

  for (const length of [-1, -2, -0x80000000, 0x7fffffff, frameBytesMax + 1, 0x50555420]) {
    it(`a frame length of ${length} costs the connection, before and behind the handshake`, async () => {
      const fresh = await Raw.open(witnessed.port);
      fresh.socket.write(int(length));
      await expectClosed(fresh);
      const client = await session(witnessed.server);
      client.socket.write(int(length));
      await expectClosed(client);
    });
  }

  it("a frame that is too short for a header costs the connection", async () => {
    for (let length = 0; length < headerBytes; length++) {
      const client = await session(witnessed.server);
      client.socket.write(frame(Buffer.alloc(length, 1)));
      await expectClosed(client);
    }
  });

  it("counts and lengths that the frame cannot hold are answered, and the session lives on", async () => {
    const client = await session(witnessed.server);
    const numbers = [0x7fffffff, -0x80000000, -2, 0x20000000, 0x00100000].map(int);
    const bodies = numbers.flatMap((number) => [
      number,
      Buffer.concat([text("/vector"), number]),
      Buffer.concat([text("/vector"), int(0), number]),
      Buffer.concat([long(0n), number, int(0), int(0)]),
      Buffer.concat([long(0n), int(0), int(0), number]),
    ]);
    let xid = 0;
    for (const type of opCodes) {
      for (const body of bodies) client.send(++xid, type, body);
    }
    for (let expected = 1; expected <= xid; expected++) {
      const reply = await client.next();
      expect(reply?.xid).to.equal(expected);
    }
    await expectServed(client);
    client.close();
  });

  it("a handshake cut at any byte, or with a password of 2^31 bytes, costs the connection", async () => {
    const whole = Buffer.concat([int(0), long(0n), int(10_000), long(0n), int(16), Buffer.alloc(16)]);
    for (let length = 0; length < whole.length; length++) {
      const client = await Raw.open(witnessed.port);
      client.socket.write(frame(whole.subarray(0, length)));
      await expectClosed(client);
    }
    for (const length of [0x7fffffff, -2, 17]) {
      const client = await Raw.open(witnessed.port);
      client.socket.write(frame(whole.subarray(0, 24), int(length), Buffer.alloc(16)));
      await expectClosed(client);
    }
  });

  it("text of other protocols costs the connection", async () => {
    const hello = Buffer.from("16030100050100000100", "hex");
    for (const bytes of [
      Buffer.from("GET / HTTP/1.1\r\nHost: zk\r\n\r\n"),
      hello,
      Buffer.alloc(5000, 0xff),
    ]) {
      const client = await Raw.open(witnessed.port);
      client.socket.write(bytes);
      await expectClosed(client);
    }
  });

  it("deep and long paths are made, read and deleted, or refused", async () => {
    const client = await session(witnessed.server);
    const depth = 2000;
    let path = "";
    for (let level = 0; level < depth; level++)
      client.send(level, 1, createBody((path += "/d"), Buffer.alloc(0)));
    for (let level = 0; level < depth; level++) expect((await client.next())?.err).to.equal(0);
    const deepest = path;
    expect((await client.ask(1, 3, readBody(deepest))).err).to.equal(0);
    expect((await client.ask(2, 104, text("/d"))).body.readInt32BE(0)).to.equal(depth - 1);
    for (let level = 0; level < depth; level++) {
      client.send(level, 2, text(path), int(-1));
      path = path.slice(0, -2);
    }
    for (let level = 0; level < depth; level++) expect((await client.next())?.err).to.equal(0);

    const long = `/${"n".repeat(500_000)}`;
    expect((await client.ask(3, 1, createBody(long, Buffer.alloc(0)))).err).to.equal(0);
    expect((await client.ask(4, 8, readBody("/"))).err).to.equal(0);
    expect((await client.ask(5, 2, text(long), int(-1))).err).to.equal(0);
    // The parent is looked for before the path is judged.
    const slashes = "/".repeat(100_000);
    expect((await client.ask(6, 1, createBody(slashes, Buffer.alloc(0)))).err).to.equal(-101);
    const dots = "/..".repeat(100_000);
    expect((await client.ask(7, 1, createBody(dots, Buffer.alloc(0)))).err).to.equal(-101);
    client.close();
  });

  it("thousands of requests in one write are answered in their order", async () => {
    const client = await session(witnessed.server);
    await client.ask(0, 1, createBody("/pipelined", Buffer.of(1)));
    const count = 5000;
    const frames: Buffer[] = [];
    for (let xid = 1; xid <= count; xid++) {
      const isWrite = xid % 3 === 0;
      const body = isWrite ? setDataBody("/pipelined", Buffer.from(String(xid))) : readBody("/pipelined");
      frames.push(frame(int(xid), int(isWrite ? 5 : 4), body));
    }
    client.socket.write(Buffer.concat(frames));
    for (let xid = 1; xid <= count; xid++) {
      const reply = await client.next();
      expect({ xid: reply?.xid, err: reply?.err }).to.deep.equal({ xid, err: 0 });
      if (xid % 3 !== 1 || xid < 4) continue;
      const length = reply?.body.readInt32BE(0) ?? 0;
      expect(reply?.body.subarray(4, 4 + length).toString(), "reads what was written before it").to.equal(
        String(xid - 1),
      );
    }
    client.close();
  });

  it("random bytes behind the handshake end one connection each", async () => {
    let state = 12_345;
    const clients: RawClient[] = [];
    for (let count = 0; count < 50; count++) {
      const client = await session(witnessed.server);
      const noise = Buffer.alloc(2000);
      for (let i = 0; i < noise.length; i++) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        noise[i] = state >>> 16;
      }
      noise[0] |= 0x40;
      client.socket.write(noise);
      clients.push(client);
    }
    for (const client of clients) {
      await until(async () => (await client.nextFrame()) === null, "closed");
      client.close();
    }
  });
});
