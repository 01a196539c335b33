import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { expect } from "chai";
import { QuorumAuthPacket, quorumAuthMagic, QuorumAuthStatus } from "../../../../protocol/records/quorum.ts";
import { DigestMd5Client } from "../../../../src/core/auth/sasl/digestMd5Client.ts";
import { nodeDigests } from "../../../../src/shell/nodeDigests.ts";
import { QuorumSasl, type QuorumSaslOptions } from "../../../../src/shell/quorum/quorumSasl.ts";

const learner = { user: "server", password: "secret" };
const users = new Map([["server", "secret"]]);
const protocol = { protocol: "zookeeper-quorum", serverName: "zk-quorum-sasl-md5" };

/** Two ends of a connection, and what came of the login at each. */
class Pair {
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  readonly warnings: string[] = [];
  readonly dialler: Socket;
  readonly acceptor: Socket;

  private constructor(server: Server, dialler: Socket, acceptor: Socket) {
    this.#server = server;
    this.dialler = dialler;
    this.acceptor = acceptor;
    for (const socket of [dialler, acceptor]) {
      this.#sockets.push(socket);
      socket.on("error", () => undefined);
    }
  }

  static async make(): Promise<Pair> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const accepted = once(server, "connection") as Promise<Socket[]>;
    const dialler = connect((server.address() as AddressInfo).port, "127.0.0.1");
    await once(dialler, "connect");
    return new Pair(server, dialler, (await accepted)[0]);
  }

  #sasl(options: Partial<QuorumSaslOptions>): QuorumSasl {
    const warn = (message: string): void => void this.warnings.push(message);
    return new QuorumSasl({ learner, users, isRequired: true, patienceMs: 20_000, warn, ...options });
  }

  prove(options: Partial<QuorumSaslOptions> = {}): Promise<string> {
    return new Promise((resolve) =>
      this.#sasl(options).prove(this.dialler, { ready: () => resolve("ready"), failed: resolve }),
    );
  }

  check(options: Partial<QuorumSaslOptions> = {}): Promise<string> {
    return new Promise((resolve) =>
      this.#sasl(options).check(this.acceptor, { ready: () => resolve("ready"), failed: resolve }),
    );
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function packet(token: Uint8Array | null, status: number = QuorumAuthStatus.IN_PROGRESS): Uint8Array {
  return QuorumAuthPacket.encode({ magic: quorumAuthMagic, status, token });
}

async function read(socket: Socket, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  while (Buffer.concat(chunks).length < count) chunks.push(((await once(socket, "data")) as Buffer[])[0]);
  return Buffer.concat(chunks);
}

describe("logins between servers", () => {
  let pair: Pair;

  beforeEach(async () => {
    pair = await Pair.make();
  });

  afterEach(() => pair.end());

  it("succeed, and what is said behind them is not lost", async () => {
    const proved = pair.prove().then((outcome) => {
      pair.dialler.write("said behind it");
      return outcome;
    });
    const checked = pair.check().then((outcome) => {
      pair.acceptor.write("and answered");
      return outcome;
    });
    expect(await proved).to.equal("ready");
    expect(await checked).to.equal("ready");
    const [heard, answered] = [read(pair.acceptor, 14), read(pair.dialler, 12)];
    pair.acceptor.resume();
    pair.dialler.resume();
    expect((await heard).toString()).to.equal("said behind it");
    expect((await answered).toString()).to.equal("and answered");
  });

  it("fail with a wrong password, on both sides, which is in no message", async () => {
    const proved = pair.prove({ learner: { user: "server", password: "guessed" } });
    const checked = await pair.check();
    expect(checked)
      .to.match(/wrong password of "server"/)
      .and.not.match(/guessed|secret/);
    expect(await proved).to.match(/refuses the login of "server"/);
  });

  it("fail for a user that does not exist", async () => {
    const proved = pair.prove({ learner: { user: "nobody", password: "secret" } });
    expect(await pair.check()).to.match(/no user "nobody"/);
    expect(await proved).to.match(/refuses the login/);
  });

  it("give nobody the id of another (CVE-2023-44981)", async () => {
    const checked = pair.check({ users: new Map([...users, ["other", "x"]]) });
    pair.dialler.write(packet(new Uint8Array(0)));
    const challenge = QuorumAuthPacket.decode(await read(pair.dialler, 17)).token ?? new Uint8Array(0);
    // The name that it asks for is in what is hashed: a proof that is right, by who may not act for another.
    const client = new DigestMd5Client({ ...protocol, ...learner, digests: nodeDigests, cnonce: "c" });
    const asked = client.respond(challenge, "other") ?? new Uint8Array(0);
    pair.dialler.write(packet(asked));
    expect(await checked).to.match(/"server" may not act for "other"/);
  });

  it("may be left out where none is required, and what was said is not lost", async () => {
    const checked = pair.check({ isRequired: false });
    pair.dialler.write("no login at all");
    expect(await checked).to.equal("ready");
    const heard = read(pair.acceptor, 15);
    pair.acceptor.resume();
    expect((await heard).toString()).to.equal("no login at all");
  });

  it("may be left out by one that only says who it is and hangs up, where none is required", async () => {
    const checked = pair.check({ isRequired: false });
    pair.dialler.end();
    expect(await checked).to.equal("ready");
  });

  it("are not waited for where none is required", async () => {
    expect(await pair.check({ isRequired: false, patienceMs: 1 })).to.equal("ready");
  });

  it("let through who fails where none is required, with a warning", async () => {
    void pair.prove({ learner: { user: "server", password: "guessed" } });
    expect(await pair.check({ isRequired: false })).to.equal("ready");
    expect(pair.warnings.join()).to.match(/wrong password/);
  });

  for (const [what, send] of [
    ["nothing like it", (socket: Socket) => void socket.write("FOLLOWERINFO and so on")],
    ["nothing at all", (socket: Socket) => void socket.end()],
    ["a token of 2 GiB", (socket: Socket) => void socket.write(withLength(0x7fffffff))],
    ["a token of less than nothing", (socket: Socket) => void socket.write(withLength(-2))],
    ["a first token", (socket: Socket) => void socket.write(packet(Buffer.from("early")))],
    ["two empty tokens", (socket: Socket) => void socket.write(Buffer.concat([packet(null), packet(null)]))],
    ["garbage for a response", (socket: Socket) => void socket.write(garbage)],
  ] as const) {
    it(`are required: ${what} is refused, at the cost of its connection`, async () => {
      const checked = pair.check();
      const closed = once(pair.dialler, "close");
      send(pair.dialler);
      pair.dialler.resume();
      expect(await checked).to.match(/^SASL: /);
      await closed;
    });
  }

  it("are required: silence is refused", async () => {
    expect(await pair.check({ patienceMs: 1 })).to.match(/too long to log in, which .*serverRequireSasl/);
  });

  it("fail at a server that asks for none", async () => {
    const proved = pair.prove();
    pair.acceptor.write("something quite different");
    expect(await proved).to.match(/no challenge; is quorum.auth.enableSasl on/);
  });

  it("fail at a server that says yes to everything", async () => {
    const proved = pair.prove();
    pair.acceptor.write(packet(Buffer.from('realm="zk-quorum-sasl-md5",nonce="n"')));
    pair.acceptor.write(packet(Buffer.from("rspauth=0"), QuorumAuthStatus.SUCCESS));
    expect(await proved).to.match(/does not know our password/);
  });
});

function withLength(length: number): Uint8Array {
  const bytes = Buffer.from(packet(null));
  bytes.writeInt32BE(length, 12);
  return bytes;
}

const garbage = Buffer.concat([packet(new Uint8Array(0)), packet(Buffer.from('\0,="\\'))]);
