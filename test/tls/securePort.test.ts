import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { startServer, type StartedServer } from "../../src/index.ts";
import { int, RawClient, text } from "../support/rawClient.ts";

const folder = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));
const subject = "CN=zk client,1.2.840.113549.1.9.1=#1603614062,OU=Ops+UID=u1,O=Zabra\\, Inc.,C=DE";
const password = readFileSync(`${folder}password.txt`, "utf8").trim();
const pemKeys = {
  "ssl.keyStore.location": `${folder}server.pem`,
  "ssl.trustStore.location": `${folder}ca.pem`,
};

const create = (path: string, scheme: string, id: string): Buffer[] => [
  text(path),
  text("data"),
  int(1),
  int(31),
  text(scheme),
  text(id),
  int(0),
];

async function tlsSocket(port: number, clientCertificate: boolean): Promise<TLSSocket> {
  const pem = readFileSync(`${folder}client.pem`, "utf8");
  const own = clientCertificate ? { key: pem, cert: pem } : {};
  const socket = connectTls({
    host: "127.0.0.1",
    port,
    ca: readFileSync(`${folder}ca.pem`),
    checkServerIdentity: () => undefined,
    ...own,
  });
  await once(socket, "secureConnect");
  return socket;
}

describe("the TLS client port", () => {
  let server: StartedServer | null = null;

  afterEach(async () => {
    await server?.stop();
    server = null;
  });

  for (const [name, keys] of Object.entries({
    PEM: pemKeys,
    PKCS12: {
      "ssl.keyStore.location": `${folder}server.p12`,
      "ssl.keyStore.password": password,
      "ssl.trustStore.location": `${folder}trust.p12`,
      "ssl.trustStore.password": password,
    },
    JKS: {
      "ssl.keyStore.location": `${folder}server.jks`,
      "ssl.keyStore.password": password,
      "ssl.trustStore.location": `${folder}trust.jks`,
      "ssl.trustStore.password": password,
    },
  })) {
    it(`serves a client with a certificate from ${name} stores, and knows it by its subject`, async () => {
      server = await startServer({ config: { ...keys, secureClientPort: 0 } });
      const owner = new RawClient(await tlsSocket(server.securePort, true));
      expect(await owner.connect()).to.equal(true);
      expect((await owner.ask(1, 1, ...create("/mine", "x509", subject))).err).to.equal(0);
      expect((await owner.ask(2, 4, text("/mine"), Buffer.from([0]))).err).to.equal(0);
      const other = await RawClient.open(server.port);
      await other.connect();
      expect((await other.ask(1, 4, text("/mine"), Buffer.from([0]))).err).to.equal(-102);
      owner.close();
      other.close();
    });
  }

  it("gives the subject named X509AuthenticationProvider.superUser every right", async () => {
    server = await startServer({
      config: { ...pemKeys, secureClientPort: 0, "X509AuthenticationProvider.superUser": subject },
    });
    const plain = await RawClient.open(server.port);
    await plain.connect();
    expect((await plain.ask(1, 1, ...create("/locked", "ip", "10.1.2.3"))).err).to.equal(0);
    expect((await plain.ask(2, 4, text("/locked"), Buffer.from([0]))).err).to.equal(-102);
    const admin = new RawClient(await tlsSocket(server.securePort, true));
    await admin.connect();
    expect((await admin.ask(1, 4, text("/locked"), Buffer.from([0]))).err).to.equal(0);
    plain.close();
    admin.close();
  });

  it("closes on a client without a certificate", async () => {
    server = await startServer({ config: { ...pemKeys, secureClientPort: 0 } });
    const refused = new RawClient(await tlsSocket(server.securePort, false));
    expect(await refused.connect()).to.equal(false);
  });

  it("counts handshakes that fail, and those beyond the limit", async () => {
    server = await startServer({
      config: {
        ...pemKeys,
        secureClientPort: 0,
        "4lw.commands.whitelist": "mntr",
        "netty.server.outstandingHandshake.limit": 1,
      },
    });
    const refused = new RawClient(await tlsSocket(server.securePort, false));
    expect(await refused.connect()).to.equal(false);
    const waiting = await RawClient.open(server.securePort);
    const oneTooMany = await RawClient.open(server.securePort);
    expect(await oneTooMany.nextFrame()).to.equal(null);
    waiting.close();
    const asking = (await RawClient.open(server.port)).socket;
    const chunks: Buffer[] = [];
    asking.on("data", (chunk: Buffer) => chunks.push(chunk));
    asking.write("mntr");
    await once(asking, "close");
    const text = Buffer.concat(chunks).toString();
    expect(text).to.match(/^zk_tls_handshake_exceeded\t1$/m);
    expect(Number(/^zk_unsuccessful_handshake\t(\d)$/m.exec(text)?.[1])).to.be.at.least(1);
    expect(Number(/^zk_auth_failed_count\t(\d)$/m.exec(text)?.[1])).to.be.at.least(1);
  });

  it("begins a TLS record with every frame", async () => {
    server = await startServer({ config: { ...pemKeys, secureClientPort: 0 } });
    const socket = await tlsSocket(server.securePort, true);
    const client = new RawClient(socket);
    await client.connect();
    // Node hands over what it decrypts record by record.
    const records: Buffer[] = [];
    socket.on("data", (record: Buffer) => records.push(record));
    const asked = [...Array(50).keys()].map((n) => client.ask(n + 1, 4, text("/"), Buffer.from([0])));
    await Promise.all(asked);
    expect(records.map((record) => record.length - 4 - record.readInt32BE())).to.deep.equal(
      asked.map(() => 0),
    );
    client.close();
  });

  it("answers four-letter words inside TLS", async () => {
    server = await startServer({
      config: { ...pemKeys, secureClientPort: 0, "4lw.commands.whitelist": "*" },
    });
    const socket = await tlsSocket(server.securePort, true);
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.write("srvr");
    await once(socket, "close");
    expect(Buffer.concat(chunks).toString()).to.match(/Mode: standalone/);
  });

  it("takes plain and TLS clients on one port with client.portUnification", async () => {
    server = await startServer({
      config: {
        ...pemKeys,
        "client.portUnification": true,
        "authProvider.x509": "org.apache.zookeeper.server.auth.X509AuthenticationProvider",
      },
    });
    const plain = await RawClient.open(server.port);
    expect(await plain.connect()).to.equal(true);
    const secure = new RawClient(await tlsSocket(server.port, true));
    expect(await secure.connect()).to.equal(true);
    expect((await secure.ask(1, 1, ...create("/both", "x509", subject))).err).to.equal(0);
    expect((await plain.ask(1, 4, text("/both"), Buffer.from([0]))).err).to.equal(-102);
    plain.close();
    secure.close();
  });
});
