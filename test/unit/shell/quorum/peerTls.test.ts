import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { PeerTls } from "../../../../src/shell/quorum/peerTls.ts";
import { PeerTransport } from "../../../../src/shell/quorum/peerTransport.ts";
import { defaultTlsSettings, type TlsSettings } from "../../../../src/shell/tls/tlsSettings.ts";

const stores = fileURLToPath(new URL("../../../fixtures/tls/", import.meta.url));
const own: TlsSettings = {
  ...defaultTlsSettings("ssl.quorum."),
  keyStore: { location: `${stores}server.pem` },
  trustStore: { location: `${stores}ca.pem` },
};

describe("TLS between servers", () => {
  const sockets: Socket[] = [];
  const diallers = new Set<Socket>();
  const servers: Server[] = [];
  const transports: PeerTransport[] = [];
  const lines: string[] = [];
  let onLine: () => void = () => undefined;

  afterEach(async () => {
    for (const transport of transports.splice(0)) transport.close();
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(
      servers.splice(0).map((server) => {
        server.close();
        return once(server, "close");
      }),
    );
    lines.splice(0);
  });

  function transport(
    settings: Partial<TlsSettings> = {},
    flags: { dials?: boolean; takesPlain?: boolean; reload?: boolean } = {},
  ): PeerTransport {
    const write = (text: string): void => {
      lines.push(text);
      onLine();
    };
    const config = {
      dials: true,
      takesPlain: false,
      reload: false,
      ...flags,
      settings: { ...own, ...settings },
    };
    const tls = new PeerTls(config, { info: write, warn: write, error: write }, () => []);
    const made = new PeerTransport(tls, null);
    transports.push(made);
    return made;
  }

  async function listen(onSocket: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      onSocket(socket);
    });
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  /** A port that answers each byte it gets; what comes of each caller. */
  async function port(by: PeerTransport): Promise<{ readonly port: number; readonly outcomes: string[] }> {
    const outcomes: string[] = [];
    const bound = await listen((raw) =>
      by.accept(raw, {
        ready: (socket) => {
          sockets.push(socket);
          outcomes.push(socket instanceof TLSSocket ? "TLS" : "plain");
          socket.on("error", () => undefined);
          socket.on("data", (chunk: Buffer) => socket.write(chunk));
        },
        failed: (reason) => outcomes.push(reason),
      }),
    );
    return { port: bound, outcomes };
  }

  function dial(
    by: PeerTransport,
    at: number,
    host = "127.0.0.1",
    patienceMs = 20_000,
  ): Promise<string | Socket> {
    return new Promise((resolve) => {
      by.dial({ host, port: at }, patienceMs, {
        ready: (socket) => {
          sockets.push(socket);
          diallers.add(socket);
          socket.on("error", () => undefined);
          resolve(socket);
        },
        failed: (reason, level) => resolve(`${level} ${reason}`),
      });
    });
  }

  /** What is said comes back. */
  async function echo(socket: string | Socket): Promise<Socket> {
    if (typeof socket === "string") throw new Error(socket);
    const answered = once(socket, "data");
    socket.write("x");
    expect(String((await answered)[0])).to.equal("x");
    return socket;
  }

  /** Whom a server says it is to somebody who asks. */
  async function nameShown(at: number): Promise<string | undefined> {
    const [key, ca] = await Promise.all([readFile(`${stores}server.pem`), readFile(`${stores}ca.pem`)]);
    const socket = connectTls({ port: at, host: "127.0.0.1", key, cert: key, ca });
    sockets.push(socket);
    await once(socket, "secureConnect");
    return socket.getPeerX509Certificate()?.subject;
  }

  /** Whom the latest caller says it is. */
  function callerShown(): string | undefined {
    const accepted = sockets.findLast((socket) => socket instanceof TLSSocket && !diallers.has(socket));
    return accepted instanceof TLSSocket ? accepted.getPeerX509Certificate()?.subject : undefined;
  }

  it("is made of a dial at once, and taken", async () => {
    const server = await port(transport());
    await echo(await dial(transport(), server.port));
    expect(server.outcomes).to.deep.equal(["TLS"]);
  });

  it("is not asked for by one that only takes it", async () => {
    const server = await port(transport({}, { takesPlain: true }));
    await echo(await dial(transport({}, { dials: false, takesPlain: true }), server.port));
    await echo(await dial(transport(), server.port));
    expect(server.outcomes).to.deep.equal(["plain", "TLS"]);
  });

  it("is waited for no longer than handshakeDetectionTimeoutMillis where plain text is taken, too", async () => {
    const server = await port(transport({ handshakeDetectionTimeoutMs: 1 }, { takesPlain: true }));
    const silent = connect(server.port, "127.0.0.1");
    sockets.push(silent);
    await once(silent, "connect");
    while (server.outcomes.length === 0) await new Promise(setImmediate);
    await echo(silent);
    expect(server.outcomes).to.deep.equal(["plain"]);
  });

  it("names the host that a certificate is not for, on both sides, and the key that looks", async () => {
    const elsewhere = { keyStore: { location: `${stores}elsewhere.pem` } };
    const server = await port(transport(elsewhere));
    expect(await dial(transport(), server.port, "localhost")).to.match(
      /^warn TLS: its certificate is not for 127\.0\.0\.1.* nor for localhost \(ssl\.quorum\.hostnameVerification\)$/,
    );
    const strict = await port(transport());
    const refused = await dial(transport(elsewhere), strict.port);
    if (typeof refused !== "string") await once(refused.resume(), "close");
    expect(strict.outcomes.join()).to.match(
      /TLS: its certificate is not for 127\.0\.0\.1.* \(ssl\.quorum\.clientHostnameVerification\)$/,
    );
  });

  it("looks at no name where that is switched off", async () => {
    const loose = { keyStore: { location: `${stores}elsewhere.pem` }, hostnameVerification: false };
    const server = await port(transport(loose));
    await echo(await dial(transport(loose), server.port));
  });

  it("believes no certificate of a stranger", async () => {
    const server = await port(transport({ keyStore: { location: `${stores}stranger.pem` } }));
    expect(await dial(transport(), server.port)).to.match(/^warn TLS: its certificate is not trusted/);
  });

  it("says when the other end speaks none", async () => {
    const plain = await listen((socket) => socket.end("no TLS here"));
    expect(await dial(transport(), plain)).to.match(/^warn TLS: it speaks no TLS/);
    const server = await port(transport());
    const caller = connect(server.port, "127.0.0.1");
    sockets.push(caller);
    caller.on("error", () => undefined);
    caller.write(Buffer.alloc(64, 0xff));
    caller.resume();
    await once(caller, "close");
    expect(server.outcomes).to.deep.equal(["TLS: it speaks no TLS: sslQuorum asks for it"]);
  });

  it("gives up on one that accepts and says nothing", async () => {
    const silent = await listen(() => undefined);
    expect(await dial(transport(), silent, "127.0.0.1", 50)).to.equal("warn TLS: no handshake in time");
  });

  it("can be given up in the middle, and then says nothing more", async () => {
    const outcomes: string[] = [];
    let giveUp = (): void => undefined;
    const closed = new Promise((resolve) => {
      void listen((socket) => {
        socket.once("data", () => giveUp());
        socket.once("close", resolve);
      }).then((at) => {
        giveUp = transport().dial({ host: "127.0.0.1", port: at }, 20_000, {
          ready: () => outcomes.push("ready"),
          failed: (reason) => outcomes.push(reason),
        });
      });
    });
    await closed;
    await new Promise(setImmediate);
    expect(outcomes).to.deep.equal([]);
  });

  it("shows and trusts what the store files have come to hold, on both sides", async () => {
    const folder = await mkdtemp(join(tmpdir(), "zabra-peer-tls-"));
    try {
      const [mine, yours] = [join(folder, "mine.pem"), join(folder, "yours.pem")];
      await copyFile(`${stores}server.pem`, mine);
      await copyFile(`${stores}server.pem`, yours);
      const acceptor = transport({ keyStore: { location: yours } }, { reload: true });
      const server = await port(acceptor);
      const dialler = transport({ keyStore: { location: mine } }, { reload: true });
      const before = await echo(await dial(dialler, server.port));
      expect(callerShown()).to.match(/CN=localhost/);
      const reloaded = new Promise<void>((resolve) => {
        onLine = () => {
          if (lines.filter((line) => line.includes("read again")).length === 2) resolve();
        };
      });
      await copyFile(`${stores}renewed.pem`, yours);
      await copyFile(`${stores}renewed.pem`, mine);
      await reloaded;
      await echo(await dial(dialler, server.port));
      expect(callerShown()).to.match(/CN=renewed/);
      expect(await nameShown(server.port)).to.match(/CN=renewed/);
      await echo(before);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
