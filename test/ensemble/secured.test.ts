import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { InitialMessage } from "../../protocol/records/election.ts";
import zookeeper from "node-zookeeper-client";
import { connectClient, type NodeClient } from "../client/nodeClient.ts";
import { RawClient, text } from "../support/rawClient.ts";
import { serving, TestEnsemble, type TestMember } from "./testEnsemble.ts";

const { CreateMode } = zookeeper;
const syncType = 9;

type Keys = Readonly<Record<string, string | number | boolean>>;

const stores = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));
const tls: Keys = {
  sslQuorum: true,
  "ssl.quorum.keyStore.location": `${stores}server.pem`,
  "ssl.quorum.trustStore.location": `${stores}ca.pem`,
};

describe("servers that ask each other who they are", function () {
  this.timeout(60_000);
  let ensemble: TestEnsemble;
  let clients: NodeClient[];
  let folder: string;

  beforeEach(async () => {
    clients = [];
    folder = await mkdtemp(join(tmpdir(), "zabra-secured-"));
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close().catch(() => undefined)));
    await ensemble.end();
    await rm(folder, { recursive: true, force: true });
  });

  async function on<T>(member: TestMember, act: (client: NodeClient) => Promise<T>): Promise<T> {
    const client = await connectClient(member.connectString);
    clients.push(client);
    try {
      return await act(client);
    } finally {
      await client.close();
      clients = clients.filter((other) => other !== client);
    }
  }

  /** What is told one is read from the others. */
  async function works(members: readonly TestMember[] = ensemble.members): Promise<void> {
    const path = await on(members[0], (client) =>
      client.create("/told", "", CreateMode.PERSISTENT_SEQUENTIAL),
    );
    for (const member of members.slice(1)) {
      await synced(member);
      await on(member, (client) => client.getData(path));
    }
  }

  /** Restarts one after the other with other keys; those that stay serve meanwhile. */
  async function restartEach(keys: Keys): Promise<void> {
    for (const member of ensemble.members) {
      const others = ensemble.members.filter((other) => other !== member);
      const isLeader = member === (await ensemble.leader());
      const due = isLeader ? others.map(serving) : [];
      await member.stop();
      await Promise.all(due);
      await works(others);
      await startAs([member], keys);
    }
    await works();
  }

  /** Starts these with keys of their own; resolves when each serves clients. */
  async function startAs(members: readonly TestMember[], keys: Keys): Promise<void> {
    const due = members.map(serving);
    await Promise.all(members.map((member) => member.start(keys)));
    await Promise.all(due);
  }

  async function jaas(learnerPassword = "secret", flag = ""): Promise<Keys> {
    const module = "org.apache.zookeeper.server.auth.DigestLoginModule required";
    const file = join(folder, `jaas${flag}`);
    await writeFile(
      file,
      `QuorumServer { ${module} user_member="secret"; };\n` +
        `QuorumLearner { ${module} username="member" password="${learnerPassword}"; };\n`,
    );
    return {
      "java.security.auth.login.config": file,
      "fips-mode": false,
      "quorum.auth.enableSasl": true,
    };
  }

  const requires: Keys = { "quorum.auth.learnerRequireSasl": true, "quorum.auth.serverRequireSasl": true };

  function portsOf(member: TestMember): { readonly quorum: number; readonly election: number } {
    const [, quorum, election] = member.line.split(":").map(Number);
    return { quorum, election };
  }

  /** Resolves when the server has hung up on what says hello without being a member. */
  async function isHungUp(port: number): Promise<void> {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    const initial = { protocolVersion: -65536n, sid: 9n, addresses: ["127.0.0.1:1"] } as const;
    socket.write(InitialMessage.encode({ ...initial, addresses: [...initial.addresses] }));
    socket.resume();
    await new Promise((resolve) => socket.once("close", resolve));
  }

  it("form an ensemble over TLS, which nobody joins in plain text (CVE-2018-8012)", async () => {
    ensemble = await TestEnsemble.make(3, [], tls);
    await ensemble.start();
    await works();
    const leader = await ensemble.leader();
    const { quorum, election } = portsOf(leader);
    for (const [port, name] of [
      [election, "election"],
      [quorum, "quorum"],
    ] as const) {
      const said = leader.says(new RegExp(`^${name} connection from 127.0.0.1: TLS: `));
      await isHungUp(port);
      await said;
    }
    const secured = connectTls({ port: election, host: "127.0.0.1", rejectUnauthorized: false });
    secured.on("error", () => undefined);
    await new Promise((resolve) => secured.once("close", resolve));
    await works();
  });

  for (const [store, reason] of [
    ["stranger.pem", /TLS: .*not trusted/],
    ["elsewhere.pem", /TLS: its certificate is not for 127\.0\.0\.1/],
  ] as const) {
    it(`refuse one that shows ${store}, and go on without it`, async () => {
      ensemble = await TestEnsemble.make(3, [], tls);
      const [one, two, three] = ensemble.members;
      const isRefused = [one.says(reason), two.says(reason)];
      const namesWhom = three.says(/server [12] at 127\.0\.0\.1:\d+: TLS: /);
      await three.start({ "ssl.quorum.keyStore.location": stores + store });
      await startAs([one, two], {});
      await Promise.race(isRefused);
      await Promise.race([namesWhom, ...isRefused]);
      await works([one, two]);
      expect(three.lines.some((line) => line.startsWith("ready: serving"))).to.equal(false);
      await three.stop();
      await startAs([three], {});
      await works();
    });
  }

  it("say which server shows a certificate that is not its own", async () => {
    ensemble = await TestEnsemble.make(3, [], tls);
    const [one, two, three] = ensemble.members;
    const said = three.says(
      /^cannot reach server [12] at 127\.0\.0\.1:\d+: TLS: its certificate is not for 127\.0\.0\.1/,
    );
    const elsewhere = { "ssl.quorum.keyStore.location": `${stores}elsewhere.pem` };
    await Promise.all([one.start(elsewhere), two.start(elsewhere), three.start()]);
    await said;
  });

  it("look at no name where that is switched off", async () => {
    const keyStore = { "ssl.quorum.keyStore.location": `${stores}elsewhere.pem` };
    ensemble = await TestEnsemble.make(3, [], {
      ...tls,
      ...keyStore,
      "ssl.quorum.hostnameVerification": false,
    });
    await ensemble.start();
    await works();
  });

  it("take a name of the configuration that leads to the caller, and no reverse DNS (CVE-2026-24281)", async () => {
    const keys = {
      ...tls,
      "ssl.quorum.keyStore.location": `${stores}rsa-pkcs1.pem`,
      "ssl.quorum.trustStore.location": `${stores}inter.pem`,
      "ssl.quorum.allowReverseDnsLookup": false,
    };
    ensemble = await TestEnsemble.make(3, [], keys, "localhost");
    await ensemble.start();
    await works();
  });

  it("go over to TLS one by one, without ever being too few", async () => {
    ensemble = await TestEnsemble.make(3, [], {});
    await ensemble.start();
    const { sslQuorum, ...keyStores } = tls;
    const unified = { ...keyStores, portUnification: true };
    for (const step of [unified, { ...unified, sslQuorum }, tls]) await restartEach(step);
    const { election } = portsOf(ensemble.member(1));
    await isHungUp(election);
  });

  it("log in at each other, and nobody joins without", async () => {
    ensemble = await TestEnsemble.make(3, [], { ...(await jaas()), ...requires });
    await ensemble.start();
    await works();
    const leader = await ensemble.leader();
    const { quorum, election } = portsOf(leader);
    for (const [port, name] of [
      [election, "election"],
      [quorum, "quorum"],
    ] as const) {
      const said = leader.says(new RegExp(`^${name} connection from 127.0.0.1: SASL: .*serverRequireSasl`));
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      const initial = InitialMessage.encode({
        protocolVersion: -65536n,
        sid: 9n,
        addresses: ["127.0.0.1:1"],
      });
      // On the election port a vote follows, or what looks like one.
      socket.write(Buffer.concat([initial, Buffer.alloc(40)]));
      socket.resume();
      await new Promise((resolve) => socket.once("close", resolve));
      await said;
    }
    await works();
  });

  it("refuse one with another password, and go on without it", async () => {
    ensemble = await TestEnsemble.make(3, [], { ...(await jaas()), ...requires });
    const [one, two, three] = ensemble.members;
    const refused = Promise.race(
      [one, two].map((member) => member.says(/SASL: .*wrong password of "member"/)),
    );
    const told = three.says(/server [12] does not let us in: SASL: it refuses the login of "member"/);
    await three.start(await jaas("guessed", "-guessed"));
    await startAs([one, two], {});
    await refused;
    await told;
    await works([one, two]);
    for (const { lines } of ensemble.members) expect(lines.join("\n")).not.to.match(/guessed"|secret"/);
    await three.stop();
    await startAs([three], {});
    await works();
  });

  it("begin to log in one by one, without ever being too few", async () => {
    ensemble = await TestEnsemble.make(3, [], {});
    await ensemble.start();
    const able = await jaas();
    const steps = [able, { ...able, "quorum.auth.learnerRequireSasl": true }, { ...able, ...requires }];
    for (const step of steps) await restartEach(step);
  });

  it("log in over TLS", async () => {
    ensemble = await TestEnsemble.make(3, [], { ...tls, ...(await jaas()), ...requires });
    await ensemble.start();
    await works();
    const leader = await ensemble.leader();
    const follower = ensemble.members.find((member) => member !== leader);
    if (follower === undefined) throw new Error("no follower");
    await follower.stop();
    const refused = leader.says(/SASL: .*wrong password/);
    await follower.start(await jaas("guessed", "-guessed"));
    await refused;
  });
});

/** Everything that the leader had committed before is on that server afterwards. */
async function synced(member: TestMember): Promise<void> {
  const raw = await RawClient.open(member.port);
  await raw.connect();
  const { err } = await raw.ask(1, syncType, text("/"));
  expect(err).to.equal(0);
  raw.close();
}
