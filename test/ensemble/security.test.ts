import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { LearnerInfo, PacketType, QuorumPacket } from "../../protocol/records/quorum.ts";
import { connectClient } from "../client/nodeClient.ts";
import { serving, TestEnsemble, word, type TestMember } from "./testEnsemble.ts";

type Keys = Readonly<Record<string, string | number | boolean>>;

const stores = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));
const withStores: Keys = {
  "ssl.quorum.keyStore.location": `${stores}server.pem`,
  "ssl.quorum.trustStore.location": `${stores}ca.pem`,
};
const tls: Keys = { ...withStores, sslQuorum: true };
const secret = "very-secret";

function jaas(user: string, password: string): string {
  const login = "org.apache.zookeeper.server.auth.DigestLoginModule required";
  return [
    `QuorumServer { ${login} user_peer="${secret}"; };`,
    `QuorumLearner { ${login} username="${user}" password="${password}"; };`,
  ].join("\n");
}

describe("the ways between servers", function () {
  this.timeout(60_000);
  let ensemble: TestEnsemble;
  let folder: string;
  let sasl: Keys;
  let restarts = 0;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "zabra-security-"));
    await writeFile(join(folder, "jaas"), jaas("peer", secret));
    await writeFile(join(folder, "wrong"), jaas("peer", "another"));
    sasl = { "java.security.auth.login.config": join(folder, "jaas"), "fips-mode": false };
  });

  afterEach(async () => {
    await ensemble.end();
    await rm(folder, { recursive: true, force: true });
  });

  const required = { "quorum.auth.learnerRequireSasl": true, "quorum.auth.serverRequireSasl": true };

  /** Somebody writes by one server, and another one shows it. */
  async function works(path: string, members: readonly TestMember[] = ensemble.members): Promise<void> {
    const running = members.filter(({ server }) => server !== null);
    const [first, last] = [
      await connectClient(running[0].connectString),
      await connectClient(running[1].connectString),
    ];
    await first.create(path, "said");
    while ((await last.exists(path)) === null);
    await Promise.all([first.close(), last.close()]);
  }

  /** The quorum port of the leader, to which a learner in plain says who it is; answers whether it hears anything. */
  async function plainLearnerIsHeard(): Promise<boolean> {
    const leader = await ensemble.leader();
    const conf = await word(leader.port, "conf");
    const socket = connect(Number(/^quorumPort=(\d+)$/m.exec(conf)?.[1]), "127.0.0.1");
    let heard = 0;
    socket.on("data", (chunk: Buffer) => {
      heard += chunk.length;
      socket.destroy();
    });
    socket.on("error", () => undefined);
    const data = LearnerInfo.encode({ sid: 9n, protocolVersion: 0x10000, configVersion: 0n });
    socket.write(QuorumPacket.encode({ type: PacketType.OBSERVERINFO, zxid: 0n, data, authinfo: null }));
    await once(socket, "close");
    return heard > 0;
  }

  async function restart(member: TestMember, keys: Keys): Promise<void> {
    const others = ensemble.members.filter((other) => other !== member);
    await member.stop();
    const again = serving(member);
    await member.start(keys);
    await again;
    await works(`/restart${restarts++}`, [member, ...others]);
  }

  it("are closed to those without TLS, and to those with a certificate of somebody else or for another host", async () => {
    ensemble = await TestEnsemble.make(3, [], tls);
    const [first, second, third] = ensemble.members;
    await ensemble.start([first, second]);
    await works("/two");
    expect(await plainLearnerIsHeard()).to.equal(false);
    for (const [store, reason] of [
      ["stranger.pem", /refused/],
      ["elsewhere.pem", /certificate is not for 127\.0\.0\.1/],
    ] as const) {
      const refused = Promise.any([first, second].map((member) => member.says(reason)));
      await third.start({ "ssl.quorum.keyStore.location": stores + store });
      await refused;
      await works(`/without-${store}`, [first, second]);
      expect(third.lines.filter((line) => line.startsWith("ready: serving"))).to.deep.equal([]);
      await third.stop();
    }
    await restart(third, {});
  });

  it("go over to TLS one server after the other, while the ensemble serves", async () => {
    ensemble = await TestEnsemble.make(3);
    await ensemble.start();
    expect(await plainLearnerIsHeard()).to.equal(true);
    const stages: Keys[] = [
      { ...withStores, portUnification: true },
      { ...withStores, portUnification: true, sslQuorum: true },
      tls,
    ];
    for (const keys of stages) for (const member of ensemble.members) await restart(member, keys);
    expect(await plainLearnerIsHeard()).to.equal(false);
  });

  it("ask for a login, and give no secret away", async () => {
    ensemble = await TestEnsemble.make(3, [], { ...sasl, "quorum.auth.enableSasl": true, ...required });
    const [first, second, third] = ensemble.members;
    await ensemble.start([first, second]);
    await works("/two");
    expect(await plainLearnerIsHeard()).to.equal(false);
    const failed = Promise.any(
      [first, second].map((member) => member.says(/login failed: wrong password of "peer"/)),
    );
    await third.start({ "java.security.auth.login.config": join(folder, "wrong") });
    await failed;
    await third.stop();
    await restart(third, {});
    for (const { lines } of ensemble.members) expect(lines.join("\n")).not.to.contain(secret);
  });

  it("go over to logins one server after the other, while the ensemble serves", async () => {
    ensemble = await TestEnsemble.make(3);
    await ensemble.start();
    const enabled = { ...sasl, "quorum.auth.enableSasl": true };
    const stages: Keys[] = [
      enabled,
      { ...enabled, "quorum.auth.learnerRequireSasl": true },
      { ...enabled, ...required },
    ];
    for (const keys of stages) for (const member of ensemble.members) await restart(member, keys);
    expect(await plainLearnerIsHeard()).to.equal(false);
  });

  it("are refused at the start where they could not work", async () => {
    ensemble = await TestEnsemble.make(3);
    const [member] = ensemble.members;
    const enabled = { ...sasl, "quorum.auth.enableSasl": true };
    for (const [keys, reason] of [
      [
        { ...enabled, ...required, "fips-mode": true },
        /learnerRequireSasl=true: DIGEST-MD5 is not allowed in fips-mode/,
      ],
      [{ "quorum.auth.enableSasl": true }, /enableSasl=true: needs java.security.auth.login.config/],
      [{ ...enabled, "quorum.auth.server.saslLoginContext": "Nowhere" }, /has no section Nowhere/],
      [{ sslQuorum: true }, /ssl.quorum.keyStore.location is not set/],
    ] as const) {
      const error: unknown = await member.start(keys).catch((reasonOf: unknown) => reasonOf);
      expect(String(error)).to.match(reason);
    }
  });
});
