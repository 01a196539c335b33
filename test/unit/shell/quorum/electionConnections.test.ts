import { connect, type AddressInfo, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { expect } from "chai";
import {
  InitialMessage,
  Notification,
  notificationBytesMax,
  notificationVersion,
  PeerState,
} from "../../../../protocol/records/election.ts";
import { FastLeaderElection } from "../../../../src/core/election/fastLeaderElection.ts";
import { ElectionConnections, type Address } from "../../../../src/shell/quorum/electionConnections.ts";
import { PeerTransport } from "../../../../src/shell/quorum/peerTransport.ts";
import { majorityOf } from "../../core/election/simulatedVoters.ts";

const loopback = "127.0.0.1";

function vote(leader: bigint): Notification {
  const numbers = { zxid: 0n, electionEpoch: 1n, peerEpoch: 0n };
  return { state: PeerState.LOOKING, leader, ...numbers, version: notificationVersion, config: "" };
}

function framed(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A server's end under test, and what it has heard. */
class Subject {
  readonly heard: string[] = [];
  readonly reports: string[] = [];
  readonly addresses = new Map<bigint, Address[]>();
  readonly connections: ElectionConnections;
  port = 0;
  onNotification: (from: bigint, notification: Notification) => void = () => {};
  #onHeard: (() => void) | null = null;
  #onReport: (() => void) | null = null;

  constructor(sid: bigint, port = 0, others: readonly Address[] = [], bindTriesMax = 0) {
    this.connections = new ElectionConnections(
      {
        sid,
        transport: new PeerTransport(null, null),
        addresses: [...others, { host: loopback, port }],
        bindTriesMax,
        addressesOf: (other) => this.addresses.get(other) ?? null,
        connectMsMax: 5000,
        initialMsMax: 5000,
      },
      {
        heard: (from, notification) => {
          this.heard.push(`${from}: ${notification.leader}`);
          this.onNotification(from, notification);
          this.#onHeard?.();
        },
        report: (_, message) => {
          this.reports.push(message);
          this.#onReport?.();
        },
      },
    );
  }

  async listen(): Promise<this> {
    this.port = await this.connections.listen();
    return this;
  }

  async reported(what: string): Promise<void> {
    while (!this.reports.some((message) => message.includes(what)))
      await new Promise<void>((resolve) => (this.#onReport = resolve));
  }

  async hears(count: number): Promise<string[]> {
    while (this.heard.length < count) await new Promise<void>((resolve) => (this.#onHeard = resolve));
    return this.heard;
  }
}

/** Bytes of one end, as a hand-made server sees them. */
class Peer {
  #bytes = Buffer.alloc(0);
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => (this.#bytes = Buffer.concat([this.#bytes, chunk])));
  }

  static async dial(port: number): Promise<Peer> {
    const socket = connect({ port, host: loopback });
    await once(socket, "connect");
    return new Peer(socket);
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) await once(this.socket, "data");
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  async notification(): Promise<Notification> {
    const length = (await this.bytes(4)).readInt32BE(0);
    return Notification.decode(await this.bytes(length));
  }

  async closed(): Promise<void> {
    if (!this.socket.closed) await once(this.socket, "close");
  }
}

function initial(sid: bigint, port: number): Buffer {
  const addresses = [`${loopback}:${port}`];
  return Buffer.from(InitialMessage.encode({ protocolVersion: -65536n, sid, addresses }));
}

describe("election connections", () => {
  const subjects: Subject[] = [];
  const peers: Peer[] = [];

  async function subject(sid: bigint): Promise<Subject> {
    const made = await new Subject(sid).listen();
    subjects.push(made);
    return made;
  }

  async function dial(to: Subject): Promise<Peer> {
    const peer = await Peer.dial(to.port);
    peers.push(peer);
    return peer;
  }

  /** A port whose connections are handed out in order. */
  async function acceptor(): Promise<{ port: number; next: () => Promise<Peer>; close: () => void }> {
    const server = createServer();
    server.listen(0, loopback);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const waiting: Socket[] = [];
    server.on("connection", (socket) => waiting.push(socket));
    const next = async (): Promise<Peer> => {
      while (waiting.length === 0) await once(server, "connection");
      const peer = new Peer(waiting.shift() as Socket);
      peers.push(peer);
      return peer;
    };
    return { port, next, close: () => server.close() };
  }

  afterEach(async () => {
    for (const { socket } of peers.splice(0)) socket.destroy();
    for (const { connections } of subjects.splice(0)) await connections.close();
  });

  it("is content with one of its addresses: a network may have gone", async () => {
    const here = new Subject(1n, 0, [{ host: "192.0.2.1", port: 1 }], 1);
    subjects.push(here);
    await here.listen();
    expect(here.port).to.be.above(0);
    await here.reported("EADDRNOTAVAIL");
  });

  it("waits for a port that is still taken, as often as it is told", async () => {
    const before = await subject(1n);
    const after = new Subject(1n, before.port);
    subjects.push(after);
    const listening = after.listen();
    await after.reported("yet: listen EADDRINUSE");
    await before.connections.close();
    await listening;
    expect(after.port).to.equal(before.port);
  });

  it("keeps the connection of a larger id, and answers on it", async () => {
    const small = await subject(1n);
    const peer = await dial(small);
    peer.socket.write(Buffer.concat([initial(7n, 1), framed(Notification.encode(vote(7n)))]));
    expect(await small.hears(1)).to.deep.equal(["7: 7"]);
    small.connections.send(7n, vote(1n));
    expect((await peer.notification()).leader).to.equal(1n);
  });

  it("takes an initial message and notifications in any pieces", async () => {
    const small = await subject(1n);
    const peer = await dial(small);
    const bytes = Buffer.concat([initial(7n, 1), framed(Notification.encode(vote(7n)))]);
    for (const byte of bytes) {
      peer.socket.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    expect(await small.hears(1)).to.deep.equal(["7: 7"]);
  });

  it("closes the connection of a smaller id and calls back at the configured address", async () => {
    const large = await subject(5n);
    const listening = await acceptor();
    large.addresses.set(2n, [{ host: loopback, port: listening.port }]);
    const peer = await dial(large);
    peer.socket.write(initial(2n, 1));
    await peer.closed();
    const back = await listening.next();
    const own = initial(5n, 0);
    expect((await back.bytes(own.length)).toString("hex")).to.equal(own.toString("hex"));
    listening.close();
  });

  it("never calls an address that only a message names", async () => {
    const large = await subject(5n);
    const listening = await acceptor();
    const peer = await dial(large);
    peer.socket.write(initial(2n, listening.port));
    await peer.closed();
    expect(large.reports.join()).to.include("server 2 is not in the configuration");
    listening.close();
  });

  it("tells a larger id who it is, and waits for its call", async () => {
    const small = await subject(1n);
    const listening = await acceptor();
    small.addresses.set(9n, [{ host: loopback, port: listening.port }]);
    small.connections.send(9n, vote(1n));
    const called = await listening.next();
    await called.bytes(initial(1n, 0).length);
    called.socket.end();
    const peer = await dial(small);
    peer.socket.write(initial(9n, 1));
    expect((await peer.notification()).leader).to.equal(1n);
    listening.close();
  });

  it("keeps nothing for a stranger whose connection has gone", async () => {
    const small = await subject(1n);
    const first = await dial(small);
    first.socket.write(initial(9n, 1));
    small.connections.send(9n, vote(3n));
    expect((await first.notification()).leader).to.equal(3n);
    first.socket.destroy();
    await small.reported("election connection to server 9 is gone");
    const second = await dial(small);
    second.socket.write(initial(9n, 1));
    second.socket.write(framed(Notification.encode(vote(9n))));
    await small.hears(1);
    small.connections.send(9n, vote(4n));
    expect((await second.notification()).leader).to.equal(4n);
  });

  it("sends the last vote again on a new connection", async () => {
    const small = await subject(1n);
    small.addresses.set(9n, []);
    const first = await dial(small);
    first.socket.write(initial(9n, 1));
    small.connections.send(9n, vote(3n));
    expect((await first.notification()).leader).to.equal(3n);
    const second = await dial(small);
    second.socket.write(initial(9n, 1));
    expect((await second.notification()).leader).to.equal(3n);
    await first.closed();
  });

  it("sends only the newest of what had to wait", async () => {
    const small = await subject(1n);
    for (const leader of [2n, 3n, 4n]) small.connections.send(9n, vote(leader));
    const peer = await dial(small);
    peer.socket.write(initial(9n, 1));
    expect((await peer.notification()).leader).to.equal(4n);
    small.connections.send(9n, vote(5n));
    expect((await peer.notification()).leader).to.equal(5n);
  });

  it("leaves its own id unanswered, as Apache does", async () => {
    const own = await subject(3n);
    const peer = await dial(own);
    peer.socket.write(Buffer.concat([initial(3n, 1), framed(Notification.encode(vote(3n)))]));
    // A later caller is heard; the own id is not.
    const other = await dial(own);
    other.socket.write(Buffer.concat([initial(4n, 1), framed(Notification.encode(vote(4n)))]));
    expect(await own.hears(1)).to.deep.equal(["4: 4"]);
    expect(peer.socket.closed).to.equal(false);
  });

  it("closes what begins with an unknown version, or claims an address of no or too many bytes", async () => {
    const small = await subject(1n);
    const bad = [Buffer.alloc(20, 0xff), initial(2n, 1), initial(2n, 1)];
    bad[1].writeInt32BE(0, 16);
    bad[2].writeInt32BE(2049, 16);
    for (const bytes of bad) {
      const peer = await dial(small);
      peer.socket.write(bytes);
      await peer.closed();
    }
    expect(small.reports.length).to.equal(3);
  });

  it("drops a notification that cannot be read, and a connection whose lengths are mad", async () => {
    const small = await subject(1n);
    const peer = await dial(small);
    const good = framed(Notification.encode(vote(7n)));
    peer.socket.write(Buffer.concat([initial(7n, 1), framed(Buffer.alloc(27)), good]));
    expect(await small.hears(1)).to.deep.equal(["7: 7"]);
    const length = Buffer.alloc(4);
    length.writeInt32BE(notificationBytesMax + 1);
    peer.socket.write(length);
    await peer.closed();
  });

  it("goes on to the next address of a server that cannot be reached at the first", async () => {
    const large = await subject(5n);
    const gone = await acceptor();
    gone.close();
    const listening = await acceptor();
    large.addresses.set(
      2n,
      [gone.port, listening.port].map((port) => ({ host: loopback, port })),
    );
    large.connections.send(2n, vote(5n));
    const peer = await listening.next();
    await peer.bytes(initial(5n, 0).length);
    expect((await peer.notification()).leader).to.equal(5n);
    listening.close();
  });

  it("carry an election of three servers to its end", async () => {
    const sids = [1n, 2n, 3n];
    const config = majorityOf(sids);
    const ends = await Promise.all(sids.map((sid) => startVoter(sid, config)));
    for (const { connections } of ends)
      sids.forEach((sid, i) =>
        connections.addresses.set(sid, [{ host: loopback, port: ends[i].connections.port }]),
      );
    subjects.push(...ends.map(({ connections }) => connections));
    for (const { look } of ends) look();
    const decided = await Promise.all(ends.map(({ decision }) => decision));
    expect(decided).to.deep.equal([
      [PeerState.FOLLOWING, 3n],
      [PeerState.FOLLOWING, 3n],
      [PeerState.LEADING, 3n],
    ]);
  });
});

/** A voter over real sockets and the real clock. */
async function startVoter(
  sid: bigint,
  config: ReturnType<typeof majorityOf>,
): Promise<{ connections: Subject; look: () => void; decision: Promise<[PeerState, bigint]> }> {
  const standing = { sid, isParticipant: true, lastLoggedZxid: 0n, currentEpoch: 0n };
  const configs = { committed: config, lastSeen: null };
  let decide: (decision: [PeerState, bigint]) => void = () => {};
  const decision = new Promise<[PeerState, bigint]>((resolve) => (decide = resolve));
  const end = new Subject(sid);
  const election = new FastLeaderElection(standing, configs, {
    send: (to, notification) => end.connections.send(to, notification),
    decided: (state, { leader }) => decide([state, leader]),
    adopt: () => {},
    isLooking: () => {},
  });
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => {
    clearTimeout(timer);
    if (election.deadlineMs === Number.POSITIVE_INFINITY) return;
    timer = setTimeout(
      () => {
        election.tick(performance.now());
        arm();
      },
      Math.max(0, election.deadlineMs - performance.now()) + 1,
    );
  };
  end.onNotification = (from, notification) => {
    election.heard(from, { ...notification, senderConfig: null }, performance.now());
    arm();
  };
  await end.listen();
  const look = (): void => {
    election.look(standing, configs, performance.now());
    arm();
  };
  return { connections: end, look, decision };
}
