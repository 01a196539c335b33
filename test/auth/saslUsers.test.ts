import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { startServer, type StartedServer } from "../../src/index.ts";
import { int, RawClient, text } from "../support/rawClient.ts";

const opSasl = 102;
const md5 = (...parts: (string | Buffer)[]): Buffer => {
  const hash = createHash("md5");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** An answer to the server's challenge as RFC 2831 computes it. */
function answer(challenge: string, user: string, password: string): string {
  const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";
  const realm = /realm="([^"]+)"/.exec(challenge)?.[1] ?? "";
  const [cnonce, uri] = ["client-nonce", "zookeeper/zk-sasl-md5"];
  const a1 = md5(md5(`${user}:${realm}:${password}`), `:${nonce}:${cnonce}`).toString("hex");
  const a2 = md5(`AUTHENTICATE:${uri}`).toString("hex");
  const response = md5(`${a1}:${nonce}:00000001:${cnonce}:auth:${a2}`).toString("hex");
  return (
    `charset=utf-8,username="${user}",realm="${realm}",nonce="${nonce}",nc=00000001,cnonce="${cnonce}",` +
    `digest-uri="${uri}",maxbuf=65536,response=${response},qop=auth`
  );
}

async function logIn(client: RawClient, user: string, password: string): Promise<number> {
  const first = await client.ask(1, opSasl, text(""));
  const challenge = first.body.subarray(4).toString();
  return (await client.ask(2, opSasl, text(answer(challenge, user, password)))).err;
}

describe("SASL users given by keys", () => {
  let server: StartedServer;

  before(async () => {
    server = await startServer({ config: { "sasl.user.bob": "bobsecret" } });
  });
  after(() => server.stop());

  it("log in by DIGEST-MD5 and own what they lock", async () => {
    const bob = await RawClient.open(server.port);
    await bob.connect();
    expect(await logIn(bob, "bob", "bobsecret")).to.equal(0);
    const acl = [int(1), int(31), text("sasl"), text("bob")];
    expect((await bob.ask(3, 1, text("/bobs"), text("x"), ...acl, int(0))).err).to.equal(0);
    const other = await RawClient.open(server.port);
    await other.connect();
    expect((await other.ask(1, 4, text("/bobs"), Buffer.from([0]))).err).to.equal(-102);
    expect((await bob.ask(4, 4, text("/bobs"), Buffer.from([0]))).err).to.equal(0);
    bob.close();
    other.close();
  });

  it("are refused with a wrong password", async () => {
    const client = await RawClient.open(server.port);
    await client.connect();
    expect(await logIn(client, "bob", "wrong")).to.equal(-115);
    expect(await client.next()).to.equal(null);
  });

  it("are super when superUser or any superUser.<x> names them", async () => {
    const own = await startServer({
      config: {
        "sasl.user.root": "rootsecret",
        "sasl.user.ops": "opssecret",
        superUser: "root",
        "superUser.2": "ops",
      },
    });
    const locked = [int(1), int(31), text("ip"), text("10.1.2.3")];
    for (const [user, password] of [
      ["root", "rootsecret"],
      ["ops", "opssecret"],
    ]) {
      const client = await RawClient.open(own.port);
      await client.connect();
      await client.ask(1, 1, text(`/${user}`), text("x"), ...locked, int(0));
      expect((await client.ask(2, 4, text(`/${user}`), Buffer.from([0]))).err).to.equal(-102);
      expect(await logIn(client, user, password)).to.equal(0);
      expect((await client.ask(3, 4, text(`/${user}`), Buffer.from([0]))).err).to.equal(0);
      client.close();
    }
    await own.stop();
  });
});

describe("SASL users of a JAAS file", () => {
  it("may have passwords that stand in Java properties", async () => {
    const folder = mkdtempSync(join(tmpdir(), "zabra-jaas-"));
    const file = join(folder, "jaas.conf");
    const module = "org.apache.zookeeper.server.auth.DigestLoginModule";
    writeFileSync(file, `Server { ${module} required user_bob="${"${zookeeper.bobs.password}"}1"; };`);
    const keys = {
      "java.security.auth.login.config": file,
      "authProvider.1": "org.apache.zookeeper.server.auth.SASLAuthenticationProvider",
    };
    const server = await startServer({ config: { ...keys, "bobs.password": "bobsecret" } });
    const bob = await RawClient.open(server.port);
    await bob.connect();
    expect(await logIn(bob, "bob", "bobsecret1")).to.equal(0);
    bob.close();
    await server.stop();
    const error: unknown = await startServer({ config: keys }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error);
    expect(String(error)).to.include("zookeeper.bobs.password");
    rmSync(folder, { recursive: true });
  });
});
