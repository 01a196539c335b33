import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { connectClient, type NodeClient } from "../client/nodeClient.ts";
import { configOf, reconfigure, type Reconfiguration } from "../support/reconfigure.ts";
import { RawClient } from "../support/rawClient.ts";
import { freePorts } from "./freePorts.ts";
import { serving, TestMember, word } from "./testEnsemble.ts";

const superUser = "super:secret";
const superDigest = `super:${createHash("sha1").update(superUser).digest("base64")}`;

/** A server with the ports of its line server.N. */
interface Place {
  readonly sid: number;
  readonly line: string;
  readonly clientPort: number;
}

describe("an ensemble that is reconfigured", function () {
  this.timeout(60_000);
  let folder: string;
  let members: TestMember[];
  let clients: NodeClient[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "zabra-reconfig-"));
    members = [];
    clients = [];
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close().catch(() => undefined)));
    await Promise.all(members.map((member) => member.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  async function placeOf(sid: number, role = "participant"): Promise<Place> {
    const [quorum, election, clientPort] = await freePorts(3);
    const line = `server.${sid}=127.0.0.1:${quorum}:${election}:${role};127.0.0.1:${clientPort}`;
    return { sid, line, clientPort };
  }

  /** Starts a server that knows of these, itself among them. */
  async function start(place: Place, known: readonly Place[]): Promise<TestMember> {
    const member = new TestMember(place.sid, join(folder, String(place.sid)), {
      tickTime: 200,
      initLimit: 25,
      syncLimit: 10,
      reconfigEnabled: true,
      standaloneEnabled: false,
      clientPort: place.clientPort,
      clientPortAddress: "127.0.0.1",
      "4lw.commands.whitelist": "*",
      "DigestAuthenticationProvider.superDigest": superDigest,
      ...Object.fromEntries(known.map(({ line }) => line.split(/=(.*)/).slice(0, 2))),
    });
    members.push(member);
    const served = serving(member);
    await member.start();
    await served;
    return member;
  }

  async function change(member: TestMember, asked: Reconfiguration): Promise<void> {
    expect(await reconfigure(member.port, superUser, asked)).to.equal(0);
  }

  async function client(member: TestMember): Promise<NodeClient> {
    const connected = await connectClient(member.connectString);
    clients.push(connected);
    return connected;
  }

  async function mode(member: TestMember): Promise<string | undefined> {
    return /^Mode: (.*)$/m.exec(await word(member.port, "srvr"))?.[1];
  }

  it("grows from one to three, and tells who watches the configuration", async () => {
    const places = [await placeOf(1), await placeOf(2), await placeOf(3)];
    const first = await start(places[0], [places[0]]);
    const watching = await client(first);
    const { value, event } = await watching.watchData("/zookeeper/config");
    expect(value.data).to.equal(`${places[0].line}\nversion=100000000`);
    await watching.create("/before", "one");
    const second = await start(places[1], places.slice(0, 2));
    await change(first, { joining: places[1].line });
    expect((await event).name).to.equal("NODE_DATA_CHANGED");
    const third = await start(places[2], places);
    await change(second, { joining: places[2].line });
    for (const member of members)
      expect((await configOf(member.port)).split("\n").slice(0, 3).sort()).to.deep.equal(
        places.map(({ line }) => line),
      );
    await first.stop();
    await Promise.all([second, third].map(serving));
    expect((await (await client(third)).getData("/before")).data).to.equal("one");
  });

  it("lets its leader leave for another one without an election, and no session is lost", async () => {
    const places = [await placeOf(1), await placeOf(2), await placeOf(3)];
    const first = await start(places[0], [places[0]]);
    const others = [await start(places[1], places.slice(0, 2)), await start(places[2], places)];
    await change(first, {
      joining: places
        .slice(1)
        .map(({ line }) => line)
        .join(","),
    });
    expect(await mode(first)).to.equal("leader");
    const raw = await RawClient.open(others[0].port);
    await raw.connect();
    const again = others.map(serving);
    const lookedBefore = others.map(({ lines }) => lines.filter((line) => line.startsWith("LOOKING")).length);
    await change(others[1], { leaving: "1" }).catch(() => undefined);
    await Promise.all(again);
    const modes = await Promise.all(others.map(mode));
    expect(modes).to.have.members(["follower", "leader"]);
    const looked = others.map(({ lines }) => lines.filter((line) => line.startsWith("LOOKING")).length);
    expect(looked).to.deep.equal(lookedBefore);
    const moved = await RawClient.open(others[1].port);
    expect(await moved.connect(10_000, raw.sessionId, raw.password)).to.equal(true);
    expect(moved.sessionId).to.equal(raw.sessionId);
    moved.close();
    raw.close();
  });

  it("makes a voter an observer, and an observer a voter", async () => {
    const places = [await placeOf(1), await placeOf(2), await placeOf(3)];
    const first = await start(places[0], [places[0]]);
    await start(places[1], places.slice(0, 2));
    const third = await start(places[2], places);
    await change(first, {
      joining: places
        .slice(1)
        .map(({ line }) => line)
        .join(","),
    });
    const observes = serving(third);
    await change(first, { joining: places[2].line.replace("participant", "observer") });
    await observes;
    expect(await mode(third)).to.equal("observer");
    const follows = serving(third);
    await change(first, { joining: places[2].line });
    await follows;
    expect(await mode(third)).to.equal("follower");
  });

  it("is joined by a server with a smaller id, which nobody could know", async () => {
    const places = [await placeOf(7), await placeOf(3)];
    const large = await start(places[0], [places[0]]);
    const small = await start(places[1], places);
    expect(await mode(small)).to.equal("follower");
    await change(large, { joining: places[1].line });
    expect((await configOf(small.port)).split("\n").slice(0, 2).sort()).to.deep.equal([
      places[1].line,
      places[0].line,
    ]);
  });

  it("moves a server to another client port, and leaves who is connected alone", async () => {
    const places = [await placeOf(1), await placeOf(2)];
    const first = await start(places[0], [places[0]]);
    const second = await start(places[1], places);
    await change(first, { joining: places[1].line });
    const connected = await client(second);
    const [port] = await freePorts(1);
    const moved = second.says(/^clients are served on/);
    await change(first, { joining: places[1].line.replace(/\d+$/, String(port)) });
    await moved;
    expect(second.port).to.equal(places[1].clientPort);
    const at = await RawClient.open(port);
    expect(await at.connect()).to.equal(true);
    at.close();
    await connected.create("/still-here");
  });
});
