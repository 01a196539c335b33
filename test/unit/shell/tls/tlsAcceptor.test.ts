import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectPlain, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { buildSecureContextOptions } from "../../../../src/shell/tls/secureContext.ts";
import { TlsAcceptor } from "../../../../src/shell/tls/tlsAcceptor.ts";
import type { AcceptedSocket, TlsAcceptorOptions } from "../../../../src/shell/tls/tlsAcceptor.ts";
import type { TlsError } from "../../../../src/shell/tls/tlsError.ts";
import { defaultTlsSettings } from "../../../../src/shell/tls/tlsSettings.ts";
import type { TlsSettings } from "../../../../src/shell/tls/tlsSettings.ts";

const folder = fileURLToPath(new URL("../../../fixtures/tls/", import.meta.url));
const CLIENT = "CN=zk client,1.2.840.113549.1.9.1=#1603614062,OU=Ops+UID=u1,O=Zabra\\, Inc.,C=DE";

function pem(name: string): string {
  return readFileSync(folder + name, "utf8");
}

/** A client that shows the certificate of a fixture, or none. */
function clientOptions(name?: string): ConnectionOptions {
  const own = name === undefined ? {} : { key: pem(name), cert: pem(name) };
  return { ca: pem("ca.pem"), ...own };
}

const settingsBase: TlsSettings = {
  ...defaultTlsSettings("ssl."),
  keyStore: { location: `${folder}server.pem` },
  trustStore: { location: `${folder}ca.pem` },
};

type Outcome = { accepted: AcceptedSocket } | { error: TlsError };

/** A server over loopback; `next()` is the outcome of the next connection, in the order in which they end. */
class Fixture {
  readonly log: string[] = [];
  readonly acceptor: TlsAcceptor;
  readonly #server: Server;
  readonly #outcomes: Outcome[] = [];
  readonly #waiting: ((outcome: Outcome) => void)[] = [];
  readonly #sockets: Socket[] = [];

  constructor(settings: Partial<TlsSettings>, unified = false, rest: Partial<TlsAcceptorOptions> = {}) {
    const all = { ...settingsBase, ...settings };
    const write = (message: string): void => void this.log.push(message);
    this.acceptor = new TlsAcceptor({
      server: buildSecureContextOptions(all, (path) => readFileSync(path)),
      settings: all,
      outstandingHandshakeLimit: -1,
      log: { info: write, warn: write, error: write },
      ...rest,
    });
    this.#server = createServer((socket) => {
      this.#sockets.push(socket);
      const onReady = (accepted: AcceptedSocket): void => {
        // An echo.
        accepted.socket.on("error", () => undefined);
        accepted.socket.on("data", (data) => accepted.socket.write(data));
        this.#push({ accepted });
      };
      const onError = (error: TlsError): void => this.#push({ error });
      if (unified) this.acceptor.acceptUnified(socket, onReady, onError);
      else this.acceptor.acceptTls(socket, onReady, onError);
    });
  }

  async listen(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  tls(options: ConnectionOptions): TLSSocket {
    const socket = connectTls({ host: "127.0.0.1", port: this.port, ...options });
    this.#sockets.push(socket);
    socket.on("error", () => undefined);
    return socket;
  }

  plain(): Socket {
    const socket = connectPlain(this.port, "127.0.0.1");
    this.#sockets.push(socket);
    socket.on("error", () => undefined);
    return socket;
  }

  next(): Promise<Outcome> {
    const outcome = this.#outcomes.shift();
    return outcome === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(outcome);
  }

  async accepted(): Promise<AcceptedSocket> {
    const outcome = await this.next();
    if ("error" in outcome) throw outcome.error;
    return outcome.accepted;
  }

  async refused(): Promise<TlsError> {
    const outcome = await this.next();
    if ("accepted" in outcome) throw new Error("was accepted");
    return outcome.error;
  }

  close(): void {
    this.acceptor.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #push(outcome: Outcome): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#outcomes.push(outcome);
    else waiting(outcome);
  }
}

async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  let back = "";
  while (back.length < text.length) back += String((await once(socket, "data"))[0]);
  return back;
}

describe("TlsAcceptor", () => {
  let fixture: Fixture;
  const start = async (...args: ConstructorParameters<typeof Fixture>): Promise<Fixture> => {
    fixture = await new Fixture(...args).listen();
    return fixture;
  };
  afterEach(() => fixture.close());

  it("accepts a client certificate and names it", async () => {
    await start({});
    const client = fixture.tls(clientOptions("client.pem"));
    const accepted = await fixture.accepted();
    expect(accepted.secure).to.equal(true);
    expect(accepted.identities).to.deep.equal([{ scheme: "x509", id: CLIENT }]);
    expect(accepted.chain[0]).to.deep.equal(client.getX509Certificate()?.raw);
    expect(accepted.socket.remoteAddress).to.equal("127.0.0.1");
    expect(await echo(client, "hello")).to.equal("hello");
    expect(client.getProtocol()).to.equal("TLSv1.3");
    expect(fixture.acceptor.outstandingHandshakes).to.equal(0);
    expect(fixture.acceptor.unsuccessfulHandshakes).to.equal(0);
    expect(fixture.log).to.deep.equal([]);
  });

  it("names the super user", async () => {
    await start({ superUser: CLIENT });
    fixture.tls(clientOptions("client.pem"));
    expect((await fixture.accepted()).identities.map(({ scheme }) => scheme)).to.deep.equal([
      "super",
      "x509",
    ]);
  });

  it("recognises the certificate of a resumed session", async () => {
    await start({ enabledProtocols: "TLSv1.2" });
    const first = fixture.tls(clientOptions("client.pem"));
    const [session] = (await once(first, "session")) as [Buffer];
    await fixture.accepted();
    const second = fixture.tls({ ...clientOptions("client.pem"), session });
    const secured = once(second, "secureConnect");
    expect((await fixture.accepted()).identities).to.deep.equal([{ scheme: "x509", id: CLIENT }]);
    await secured;
    expect(second.isSessionReused()).to.equal(true);
  });

  it("takes no session back that began under other stores", async () => {
    await start({ enabledProtocols: "TLSv1.2" });
    const first = fixture.tls(clientOptions("client.pem"));
    const [session] = (await once(first, "session")) as [Buffer];
    await fixture.accepted();
    const settings = {
      ...settingsBase,
      enabledProtocols: "TLSv1.2",
      trustStore: { location: `${folder}stranger.pem` },
    };
    fixture.acceptor.setContext(buildSecureContextOptions(settings, (path) => readFileSync(path)).context);
    fixture.tls({ ...clientOptions("client.pem"), session });
    expect((await fixture.refused()).code).to.equal("ERR_TLS_PEER");
    expect(await echo(first, "still there")).to.equal("still there");
  });

  const refusals: [string, Partial<TlsSettings>, ConnectionOptions, string][] = [
    ["no certificate under NEED", {}, clientOptions(), "peer did not return a certificate"],
    ["an untrusted certificate under NEED", {}, clientOptions("stranger.pem"), "DEPTH_ZERO_SELF_SIGNED_CERT"],
    [
      "an untrusted certificate under WANT",
      { clientAuth: "want" },
      clientOptions("stranger.pem"),
      "not trusted",
    ],
    [
      "every certificate without a trust store",
      { trustStore: undefined },
      clientOptions("client.pem"),
      "not trusted",
    ],
    [
      "TLSv1.2, as Apache does by default",
      {},
      { ...clientOptions("client.pem"), maxVersion: "TLSv1.2" },
      "unsupported protocol",
    ],
    [
      "a certificate for another address",
      { clientHostnameVerification: true },
      clientOptions("elsewhere.pem"),
      "not for 127.0.0.1",
    ],
  ];
  for (const [what, settings, options, text] of refusals) {
    it(`refuses ${what}`, async () => {
      await start(settings);
      fixture.tls(options);
      const error = await fixture.refused();
      expect(error.message).to.include(text);
      expect(fixture.log).to.deep.equal([`TLS connection from 127.0.0.1 refused: ${error.message}`]);
      expect(fixture.log[0].length).to.be.lessThan(150);
      expect(fixture.acceptor.unsuccessfulHandshakes).to.equal(1);
      expect(fixture.acceptor.outstandingHandshakes).to.equal(0);
      fixture.acceptor.setContext(
        buildSecureContextOptions({ ...settingsBase, enabledProtocols: "TLSv1.2,TLSv1.3" }, (path) =>
          readFileSync(path),
        ).context,
      );
      fixture.tls(clientOptions("client.pem"));
      await fixture.accepted();
    });
  }

  const acceptances: [string, Partial<TlsSettings>, ConnectionOptions, number][] = [
    ["no certificate under WANT", { clientAuth: "WANT" }, clientOptions(), 0],
    ["no certificate under NONE", { clientAuth: "NONE" }, clientOptions(), 0],
    ["a certificate nobody asked for", { clientAuth: "NONE" }, clientOptions("stranger.pem"), 0],
    ["a certificate under WANT", { clientAuth: "WANT" }, clientOptions("client.pem"), 1],
    [
      "a certificate for the right address",
      { clientHostnameVerification: true },
      clientOptions("client.pem"),
      1,
    ],
    [
      "any address with name checks off",
      { clientHostnameVerification: true, hostnameVerification: false },
      clientOptions("elsewhere.pem"),
      1,
    ],
    [
      "a client that is itself in the trust store",
      { trustStore: { location: `${folder}stranger.pem` } },
      clientOptions("stranger.pem"),
      1,
    ],
    [
      "a leaf of another issuer in the trust store",
      { trustStore: { location: `${folder}elsewhere.pem` } },
      clientOptions("elsewhere.pem"),
      1,
    ],
    [
      "the chain of an intermediate alone",
      { trustStore: { location: `${folder}inter.pem` } },
      clientOptions("renewed.pem"),
      1,
    ],
    [
      "a JVM suite name of TLSv1.2",
      { enabledProtocols: "TLSv1.2", ciphersuites: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384" },
      clientOptions("client.pem"),
      1,
    ],
  ];
  for (const [what, settings, options, count] of acceptances) {
    it(`accepts ${what}`, async () => {
      await start(settings);
      const client = fixture.tls(options);
      expect((await fixture.accepted()).identities).to.have.length(count);
      expect(await echo(client, "x")).to.equal("x");
    });
  }

  it("asks the DNS for the name of an address only when told to", async () => {
    const asked: string[] = [];
    const reverseLookup = (address: string): Promise<string> => {
      asked.push(address);
      return Promise.resolve("elsewhere.invalid");
    };
    const names = { clientHostnameVerification: true, allowReverseDnsLookup: true };
    await start({ ...names, fipsMode: false }, false, { reverseLookup });
    fixture.tls(clientOptions("elsewhere.pem"));
    await fixture.accepted();
    expect(asked).to.deep.equal(["127.0.0.1"]);
    fixture.close();
    await start({ ...names, fipsMode: true }, false, { reverseLookup });
    fixture.tls(clientOptions("elsewhere.pem"));
    expect((await fixture.refused()).code).to.equal("ERR_TLS_PEER");
    expect(asked).to.have.length(1);
    fixture.close();
    // Between servers, fips-mode or not.
    await start({ ...names, prefix: "ssl.quorum.", fipsMode: true }, false, { reverseLookup });
    fixture.tls(clientOptions("elsewhere.pem"));
    await fixture.accepted();
    expect(asked).to.have.length(2);
  });

  it("takes names that are known to lead to an address without asking the DNS", async () => {
    const namesOf = (address: string): Promise<readonly string[]> =>
      Promise.resolve(address === "127.0.0.1" ? ["other.invalid", "elsewhere.invalid"] : []);
    await start({ clientHostnameVerification: true, allowReverseDnsLookup: false }, false, { namesOf });
    fixture.tls(clientOptions("elsewhere.pem"));
    await fixture.accepted();
  });

  it("refuses what is no TLS, alone", async () => {
    await start({});
    fixture.plain().write("stat\r\n");
    expect((await fixture.refused()).message).to.match(/wrong version number|packet length/);
    fixture.plain().end();
    expect((await fixture.refused()).message).to.include("closed before the handshake ended");
    expect(fixture.acceptor.unsuccessfulHandshakes).to.equal(2);
    expect(fixture.log).to.have.length(2);
  });

  it("refuses silence", async () => {
    await start({}, false, { handshakeTimeoutMs: 20 });
    fixture.plain();
    expect((await fixture.refused()).message).to.equal("handshake timed out");
  });

  it("limits handshakes that are outstanding", async () => {
    await start({}, false, { outstandingHandshakeLimit: 2 });
    const first = fixture.plain();
    await once(first, "connect");
    const second = fixture.plain();
    await once(second, "connect");
    fixture.plain();
    expect((await fixture.refused()).code).to.equal("ERR_TLS_HANDSHAKE_LIMIT");
    expect(fixture.acceptor.handshakesExceeded).to.equal(1);
    expect(fixture.acceptor.outstandingHandshakes).to.equal(2);
    first.destroy();
    await fixture.refused();
    const client = fixture.tls(clientOptions("client.pem"));
    await fixture.accepted();
    expect(await echo(client, "x")).to.equal("x");
    expect(fixture.acceptor.outstandingHandshakes).to.equal(1);
  });

  describe("with port unification", () => {
    it("takes TLS and plain connections", async () => {
      await start({}, true);
      const secure = fixture.tls(clientOptions("client.pem"));
      expect((await fixture.accepted()).secure).to.equal(true);
      expect(await echo(secure, "a")).to.equal("a");
      const plain = fixture.plain();
      plain.write("ruok");
      const accepted = await fixture.accepted();
      expect(accepted.secure).to.equal(false);
      expect(accepted.chain).to.deep.equal([]);
      expect(String((await once(plain, "data"))[0])).to.equal("ruok");
      const long = "x".repeat(300_000);
      expect(await echo(plain, long)).to.equal(long);
      expect(accepted.socket.listenerCount("readable")).to.equal(0);
      expect(accepted.socket.listenerCount("close")).to.be.lessThan(2);
    });

    it("takes a handshake that comes byte by byte", async () => {
      await start({}, true);
      const slow = fixture.plain();
      slow.setNoDelay(true);
      const hello = await clientHello();
      for (const byte of hello.subarray(0, 8)) {
        slow.write(Uint8Array.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      slow.write(hello.subarray(8));
      const [answer] = (await once(slow, "data")) as [Buffer];
      expect(answer[0]).to.equal(0x16);
      expect(fixture.acceptor.outstandingHandshakes).to.equal(1);
    });

    it("takes silence for plain after the detection time", async () => {
      await start({ handshakeDetectionTimeoutMs: 20 }, true);
      const client = fixture.plain();
      expect((await fixture.accepted()).secure).to.equal(false);
      expect(await echo(client, "late")).to.equal("late");
      expect(fixture.acceptor.outstandingHandshakes).to.equal(0);
    });

    it("drops a connection that says nothing, without a word", async () => {
      await start({}, true);
      fixture.plain().end();
      expect((await fixture.refused()).code).to.equal("ERR_TLS_GONE");
      const reset = fixture.plain();
      await once(reset, "connect");
      reset.resetAndDestroy();
      expect((await fixture.refused()).code).to.equal("ERR_TLS_GONE");
      expect(fixture.log).to.deep.equal([]);
      expect(fixture.acceptor.unsuccessfulHandshakes).to.equal(0);
    });
  });
});

/** The first record that a client sends. */
async function clientHello(): Promise<Buffer> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connectTls({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  client.on("error", () => undefined);
  const [socket] = (await once(server, "connection")) as [Socket];
  const [hello] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  client.destroy();
  server.close();
  return hello;
}
