import { Socket } from "node:net";
import { expect } from "chai";
import { ClientConnection } from "../../../../src/core/server/clientConnection.ts";
import { ClientSocket, type SocketHost } from "../../../../src/shell/net/clientSocket.ts";

/** As much as one read gives: 16 of them are 1 MiB, which is the longest frame but for three bytes of it. */
const chunkBytes = 65_536;
const frameBytesMax = 0xfffff;

/** A socket without a network, and a core that takes frames as long as it is told to. */
class Bench implements SocketHost {
  readonly frameBytesMax = frameBytesMax;
  readonly outboundBytesMax = 1 << 20;
  readonly lengths: number[] = [];
  readonly socket = new Socket();
  readonly client: ClientSocket;
  goesOn = true;

  constructor() {
    const origin = { remoteAddress: "127.0.0.1", remotePort: 1, secure: false, authIds: [] };
    const connection = new ClientConnection(origin, 0);
    // Behind the handshake, where four-letter words are over.
    connection.phase = "open";
    this.client = new ClientSocket(this.socket, connection, this, false);
  }

  receive(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += chunkBytes)
      this.socket.emit("data", bytes.subarray(at, at + chunkBytes));
  }

  frame(_connection: ClientConnection, _bytes: Uint8Array, start: number, end: number): boolean {
    this.lengths.push(end - start);
    return this.goesOn;
  }

  enter(): void {}
  handedOver(): void {}
  disconnected(): void {}
  close(): void {}
  badLength(): void {}
  released(): void {}
  extraBytes = (): number => 0;
  answer = (): null => null;
}

function frameOf(length: number): Buffer {
  const frame = Buffer.alloc(4 + length);
  frame.writeInt32BE(length);
  return frame;
}

describe("ClientSocket", () => {
  for (const missing of [1, 2, 3, 4])
    it(`goes on reading for the last ${missing} bytes of the longest frame`, () => {
      const bench = new Bench();
      const whole = frameOf(frameBytesMax);
      bench.receive(whole.subarray(0, whole.length - missing));
      expect(bench.socket.isPaused()).to.equal(false);
      bench.receive(whole.subarray(whole.length - missing));
      expect(bench.lengths).to.deep.equal([frameBytesMax]);
      bench.socket.destroy();
    });

  it("stops reading for a core that takes no more, and reads again when nothing but an unfinished frame is left", async () => {
    const bench = new Bench();
    bench.goesOn = false;
    bench.receive(frameOf(8));
    const whole = frameOf(frameBytesMax);
    bench.receive(frameOf(16));
    bench.receive(whole.subarray(0, whole.length - 1));
    expect(bench.socket.isPaused()).to.equal(true);
    bench.goesOn = true;
    bench.client.resume();
    await new Promise((resolve) => setImmediate(resolve));
    expect(bench.lengths).to.deep.equal([8, 16]);
    expect(bench.socket.isPaused()).to.equal(false);
    bench.receive(whole.subarray(-1));
    expect(bench.lengths).to.deep.equal([8, 16, frameBytesMax]);
    bench.socket.destroy();
  });
});
