import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "chai";
import { InitialMessage, ElectionProtocol } from "../../protocol/records/election.ts";
import { LearnerInfo, PacketType, QuorumPacket } from "../../protocol/records/quorum.ts";
import { connectClient } from "../client/nodeClient.ts";
import { SeededRandom } from "../simulation/random.ts";
import { freePorts } from "./freePorts.ts";
import { TestEnsemble } from "./testEnsemble.ts";

const none = new Uint8Array(0);

function packet(type: PacketType, zxid: bigint, data: Uint8Array | null): Uint8Array {
  return QuorumPacket.encode({ type, zxid, data, authinfo: null });
}

function info(sid: bigint, configVersion = 0n): Uint8Array {
  return LearnerInfo.encode({ sid, protocolVersion: 0x10000, configVersion });
}

/** What strangers may send to the quorum port and to that of a master of observers, whole and cut short. */
const learnerWords: readonly Uint8Array[] = [
  packet(PacketType.FOLLOWERINFO, 0n, info(99n)),
  packet(PacketType.OBSERVERINFO, 0n, none),
  packet(PacketType.FOLLOWERINFO, 0x7fffffff00000000n, info(98n)),
  packet(PacketType.FOLLOWERINFO, 0n, info(97n, 1n << 60n)),
  Buffer.concat([packet(PacketType.OBSERVERINFO, 0n, info(96n)), packet(PacketType.ACKEPOCH, 5n, none)]),
  Buffer.concat([packet(PacketType.OBSERVERINFO, 0n, info(95n)), packet(PacketType.REQUEST, -1n, none)]),
  packet(PacketType.PROPOSAL, 1n, none),
  packet(PacketType.UPTODATE, -1n, null),
  // A packet that claims two gigabytes.
  Buffer.from("0000000b00000000000000007fffffff", "hex"),
  Buffer.from("GET / HTTP/1.1\r\n\r\n"),
];

const voterWords: readonly Uint8Array[] = [
  InitialMessage.encode({ protocolVersion: ElectionProtocol.V1, sid: 99n, addresses: ["192.0.2.1:3888"] }),
  InitialMessage.encode({ protocolVersion: ElectionProtocol.V1, sid: 0n, addresses: ["127.0.0.1:1"] }),
  InitialMessage.encode({ protocolVersion: ElectionProtocol.V1, sid: 1n, addresses: ["127.0.0.1:1"] }),
  Buffer.from("ffffffffffff000000000000000000637fffffff", "hex"),
  Buffer.from("ffffffffffff00010000000000000063000000000000000000", "hex"),
  Buffer.from("GET / HTTP/1.1\r\n\r\n"),
];

describe("the ports between servers", function () {
  this.timeout(60_000);
  let ensemble: TestEnsemble;

  afterEach(() => ensemble.end());

  /** Says it, and hangs up; what comes back is of no interest. */
  async function say(port: number, host: string, bytes: Uint8Array): Promise<void> {
    const socket = connect(port, host);
    socket.on("error", () => undefined);
    socket.on("data", () => undefined);
    socket.end(bytes);
    await once(socket, "close");
  }

  it("lose the connection of who talks nonsense, and nothing else", async () => {
    const [observerMasterPort] = await freePorts(1);
    ensemble = await TestEnsemble.make(3, [], { observerMasterPort }, (sid) => `127.0.0.${sid}`);
    await ensemble.start();
    const leader = await ensemble.leader();
    const client = await connectClient(leader.connectString);
    await client.create("/before");
    const before = ensemble.members.map(
      ({ lines }) => lines.filter((line) => line.startsWith("LOOKING")).length,
    );
    const random = new SeededRandom(1);
    for (const member of ensemble.members) {
      const [host, quorum, election] = member.line.split(":");
      for (const [port, words] of [
        [member === leader ? quorum : observerMasterPort, learnerWords],
        [election, voterWords],
      ] as const) {
        for (const word of words) {
          await say(Number(port), host, word);
          await say(Number(port), host, word.subarray(0, random.below(word.length)));
          const broken = Uint8Array.from(word);
          for (let i = 0; i < 4; i++) broken[random.below(broken.length)] = random.below(256);
          await say(Number(port), host, broken);
        }
      }
    }
    await client.create("/behind");
    expect(await ensemble.leader()).to.equal(leader);
    const after = ensemble.members.map(
      ({ lines }) => lines.filter((line) => line.startsWith("LOOKING")).length,
    );
    expect(after).to.deep.equal(before);
    for (const { lines } of ensemble.members) expect(lines.join("\n")).not.to.match(/^bug:/m);
    await client.close();
  });
});
