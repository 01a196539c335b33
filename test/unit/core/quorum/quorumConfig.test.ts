import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { QuorumConfig } from "../../../../src/core/quorum/quorumConfig.ts";
import { QuorumConfigError } from "../../../../src/core/quorum/quorumConfigError.ts";
import { parseQuorumServer, quorumServerText } from "../../../../src/core/quorum/quorumServer.ts";

/** Every config text that a recorded notification or NEWLEADER carries. */
function recordedTexts(): Set<string> {
  const folder = new URL("../../../golden/peer/", import.meta.url);
  const texts = new Set<string>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".jsonl"))) {
    for (const [, hex] of readFileSync(new URL(file, folder), "utf8").matchAll(/"hex": "([0-9a-f]+)"/g)) {
      const [text] =
        /server\.\d+=[^\0]*\nversion=[0-9a-f]+/.exec(Buffer.from(hex, "hex").toString("latin1")) ?? [];
      if (text !== undefined) texts.add(text);
    }
  }
  return texts;
}

const hierarchical = [
  "server.1=a:1:2:participant",
  "server.2=a:3:4:participant",
  "server.3=a:5:6:participant",
  "server.4=a:7:8:participant",
  "server.5=a:9:10:observer",
  "group.1=1:2",
  "group.2=3:4",
  "weight.1=1",
  "weight.2=1",
  "weight.3=3",
  "weight.4=0",
  "version=1f",
];

describe("configurations of the ensemble", () => {
  it("are written as Apache has written them, byte for byte", () => {
    const texts = [...recordedTexts()];
    expect(texts.length).to.be.greaterThan(8);
    for (const text of texts) expect(QuorumConfig.fromText(text).text).to.equal(text);
  });

  it("know voters, observers and version", () => {
    const config = QuorumConfig.fromText(
      "server.2=b:2:3\nserver.10=[::1]:2:3:observer;2181\nserver.1=a:2:3:PARTICIPANT;c:5\nversion=100000000",
    );
    expect([...config.votingMembers]).to.have.members([1n, 2n]);
    expect(config.version).to.equal(1n << 32n);
    expect(config.text).to.equal(
      "server.1=a:2:3:participant;c:5\nserver.2=b:2:3:participant\nserver.10=[::1]:2:3:observer;0.0.0.0:2181\nversion=100000000",
    );
    expect(config.fileText).to.equal(
      "server.10=[::1]:2:3:observer;0.0.0.0:2181\nserver.1=a:2:3:participant;c:5\nserver.2=b:2:3:participant",
    );
  });

  it("decide by majority, whatever observers say", () => {
    const config = QuorumConfig.fromText(
      "server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\nserver.4=d:1:2:observer",
    );
    expect(config.containsQuorum(new Set([1n, 4n, 9n]))).to.equal(false);
    expect(config.containsQuorum(new Set([1n, 3n]))).to.equal(true);
    expect(config.weightOf(4n)).to.equal(1);
  });

  it("decide by the weights of most groups, if they have groups", () => {
    const config = QuorumConfig.fromText(hierarchical.join("\n"));
    expect(config.text).to.equal(hierarchical.join("\n"));
    const decides = (...sids: bigint[]): boolean => config.containsQuorum(new Set(sids));
    expect(decides(1n, 2n)).to.equal(false);
    expect(decides(1n, 3n)).to.equal(false);
    expect(decides(1n, 2n, 4n)).to.equal(false);
    expect(decides(1n, 2n, 3n)).to.equal(true);
    expect(decides()).to.equal(false);
    expect([4n, 3n, 5n].map((sid) => config.weightOf(sid))).to.deep.equal([0, 3, 0]);
  });

  it("count a group without weight for nothing", () => {
    const lines = ["server.1=a:1:2", "server.2=a:3:4", "group.1=1", "group.2=2", "weight.2=0"];
    const config = QuorumConfig.fromText(lines.join("\n"));
    expect(config.containsQuorum(new Set([1n]))).to.equal(true);
    expect(config.containsQuorum(new Set([2n]))).to.equal(false);
  });

  it("are one where members, roles and addresses are, or the version", () => {
    const one = QuorumConfig.fromText("server.1=a:1:2\nserver.2=b:1:2\nversion=1");
    const same = QuorumConfig.fromText("server.2=b:1:2:participant\nserver.1=a:1:2\nversion=2");
    const other = QuorumConfig.fromText("server.1=a:1:2\nserver.2=b:1:3\nversion=2");
    expect([one.hasMembersOf(same), one.hasMembersOf(other), same.hasMembersOf(other)]).to.deep.equal([
      true,
      false,
      true,
    ]);
  });

  it("refuse what makes no sense, and say what it is", () => {
    const bad: [string, RegExp][] = [
      ["server.1=a:1", /2 parts/],
      ["server.1=a:1:2:participant:x", /5 parts/],
      ["server.1=a:1:2;3;4", /more than one ';'/],
      ["server.1=a:1:1", /must differ/],
      ["server.1=a:x:2", /'x' is no port/],
      ["server.1=a:1:70000", /'70000' is no port/],
      ["server.1=a:1:2:leader", /'leader' is neither/],
      ["server.1=[::1:1:2", /IPv6/],
      ["server.1=a:1:2:observer|b:1:2:participant", /different roles/],
      ["server.x=a:1:2", /'x' is no whole number/],
      ["server.1=a:1:2;b:c:3", /no client address/],
      ["server.1=a:1:2\ngroup.1=1\ngroup.2=1", /in group.1 and in group.2/],
      ["server.1=a:1:2\nserver.2=a:3:4\ngroup.1=1", /server.2 is in no group/],
      ["server.1=a:1:2\ngroup.1=1:7", /group.1 names server 7/],
      ["server.1=a:1:2\nversion=g", /no hexadecimal/],
      ["server.1", /no line key=value/],
    ];
    for (const [text, message] of bad)
      expect(() => QuorumConfig.fromText(text), text).to.throw(QuorumConfigError, message);
  });

  it("name several addresses of a server by host", () => {
    const server = parseQuorumServer(1n, "b:1:2|a:3:4:observer;9");
    expect(quorumServerText(server)).to.equal("a:3:4|b:1:2:observer;0.0.0.0:9");
  });
});
