// What no server in JavaScript can beat here: answers with canned frames, and writes go through a file and its fdatasync
// in blocks. No tree, no sessions, no checks. Started by serverProcess.ts: floor.ts <zoo.cfg>
import { closeSync, fdatasync, openSync, readFileSync, write } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { OpCode } from "../protocol/opcodes.ts";
import { ConnectResponse } from "../protocol/records/client.ts";

const config = new Map(
  readFileSync(process.argv[2], "utf8")
    .split("\n")
    .map((line) => line.split("=", 2) as [string, string]),
);
const log = openSync(join(config.get("dataDir") ?? ".", "floor.log"), "w");
const headerBytes = 20;
const statBytes = 68;
const multiOps = 10;
const multiResultBytes = 9 + statBytes;
const sequenceText = Buffer.from("0000000001");
const preallocated = Buffer.alloc(64 * 1024 * 1024);

/** Data of the last znode that was created: that of all, as far as a canned answer goes. */
let data: Buffer = Buffer.alloc(0);

interface Waiting {
  readonly client: Client;
  readonly replies: Buffer;
}

/** Blocks of requests on their way to the disk, with the answers that wait for it. */
class Log {
  #position = 0;
  #bytes: Buffer[] = [];
  #waiting: Waiting[] = [];
  #isBusy = false;

  append(bytes: Buffer, waiting: Waiting): void {
    this.#bytes.push(bytes);
    this.#waiting.push(waiting);
    waiting.client.underWay++;
    if (this.#bytes.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    if (this.#isBusy || this.#bytes.length === 0) return;
    const block = Buffer.concat(this.#bytes);
    const waiting = this.#waiting;
    this.#bytes = [];
    this.#waiting = [];
    this.#isBusy = true;
    if (this.#position + block.length > preallocated.length) this.#position = 0;
    write(log, block, 0, block.length, this.#position, (error) => {
      if (error !== null) throw error;
      fdatasync(log, (failure) => {
        if (failure !== null) throw failure;
        this.#isBusy = false;
        this.#flush();
        for (const { client, replies } of waiting) {
          client.underWay--;
          client.reply(replies);
        }
      });
    });
    this.#position += block.length;
  }
}

const disk = new Log();

class Client {
  /** Answers that wait for the disk. */
  underWay = 0;
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  #isOpen = false;
  #zxid = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", () => socket.destroy());
  }

  reply(replies: Buffer): void {
    this.#socket.write(replies);
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const replies: Buffer[] = [];
    let writes = 0;
    let at = 0;
    while (bytes.length - at >= 4) {
      const end = at + 4 + bytes.readInt32BE(at);
      if (end > bytes.length) break;
      if (!this.#isOpen) this.#connect();
      else {
        const type = bytes.readInt32BE(at + 8);
        if (isWrite(type)) writes++;
        replies.push(this.#answer(type, bytes, at, end));
      }
      at = end;
    }
    this.#rest = bytes.subarray(at);
    if (replies.length === 0) return;
    const all = replies.length === 1 ? replies[0] : Buffer.concat(replies);
    // A read behind a write of the same connection waits for it.
    if (writes === 0 && this.underWay === 0) this.reply(all);
    else disk.append(Buffer.from(bytes.subarray(0, at)), { client: this, replies: all });
  }

  #connect(): void {
    this.#isOpen = true;
    const body = ConnectResponse.encode({
      protocolVersion: 0,
      timeOut: 60_000,
      sessionId: 1n,
      passwd: Buffer.alloc(16),
    });
    const frame = Buffer.alloc(4 + body.length);
    frame.writeInt32BE(body.length);
    frame.set(body, 4);
    this.reply(frame);
  }

  #answer(type: number, bytes: Buffer, at: number, end: number): Buffer {
    const out = Buffer.allocUnsafe(headerBytes + this.#bodyBytes(type, bytes, at, end));
    out.fill(0);
    out.writeInt32BE(out.length - 4);
    bytes.copy(out, 4, at + 4, at + 8);
    out.writeInt32BE(++this.#zxid, 12);
    if (type === OpCode.getData) {
      out.writeInt32BE(data.length, headerBytes);
      data.copy(out, headerBytes + 4);
    } else if (type === OpCode.create) {
      const pathEnd = at + 16 + bytes.readInt32BE(at + 12);
      out.writeInt32BE(out.length - headerBytes - 4, headerBytes);
      bytes.copy(out, headerBytes + 4, at + 16, pathEnd);
      if (isSequential(bytes, end)) sequenceText.copy(out, out.length - sequenceText.length);
      const dataBytes = bytes.readInt32BE(pathEnd);
      if (dataBytes !== data.length) data = Buffer.from(bytes.subarray(pathEnd + 4, pathEnd + 4 + dataBytes));
    } else if (type === OpCode.multi) {
      for (let i = 0; i < multiOps; i++) out.writeInt32BE(OpCode.setData, headerBytes + i * multiResultBytes);
    }
    return out;
  }

  #bodyBytes(type: number, bytes: Buffer, at: number, end: number): number {
    switch (type) {
      case OpCode.getData:
        return 4 + data.length + statBytes;
      case OpCode.exists:
      case OpCode.setData:
        return statBytes;
      case OpCode.create:
        return 4 + bytes.readInt32BE(at + 12) + (isSequential(bytes, end) ? sequenceText.length : 0);
      case OpCode.multi:
        return multiOps * multiResultBytes + 9;
      case OpCode.getChildren:
        return 4;
      default:
        return 0;
    }
  }
}

function isWrite(type: number): boolean {
  return (
    type === OpCode.setData ||
    type === OpCode.create ||
    type === OpCode.multi ||
    type === OpCode.delete ||
    type === OpCode.closeSession
  );
}

/** The flags are the last four bytes of a create. */
function isSequential(bytes: Buffer, end: number): boolean {
  return bytes.readInt32BE(end - 4) === 2;
}

write(log, preallocated, 0, preallocated.length, 0, (error) => {
  if (error !== null) throw error;
  createServer((socket) => new Client(socket)).listen(Number(config.get("clientPort")), "127.0.0.1");
});
process.on("exit", () => closeSync(log));
