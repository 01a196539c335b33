import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { QuorumConfig } from "../../../../src/core/quorum/quorumConfig.ts";
import { loadConfig } from "../../../../src/shell/config/config.ts";
import { DynamicFiles, versionOfFile } from "../../../../src/shell/config/dynamicFiles.ts";
import { createLog } from "../../../../src/shell/log.ts";

const lines = [1, 2, 3].map((sid) => `server.${sid}=127.0.0.1:${2000 + sid}:${3000 + sid}:participant`);
const withClients = lines.map((line, i) => `${line};127.0.0.1:${4001 + i}`);

describe("dynamic configuration files", () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "zabra-dynamic-"));
    file = join(folder, "zoo.cfg");
    writeFileSync(join(folder, "myid"), "2\n");
    const own = [
      "# ours",
      "tickTime=200",
      "clientPort=4002",
      "clientPortAddress=127.0.0.1",
      "peerType=participant",
    ];
    const limits = ["initLimit=5", "syncLimit=5", "reconfigEnabled=true", `dataDir=${folder}`];
    writeFileSync(file, [...own, ...limits, ...lines].join("\n"));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function files(): DynamicFiles {
    return new DynamicFiles(file, 2n, createLog({ level: "silent", terminal: false }));
  }

  function content(name: string): string {
    return readFileSync(join(folder, name), "utf8");
  }

  it("stand in for the lines of zoo.cfg once a configuration is in force", () => {
    const config = QuorumConfig.fromText(lines.join("\n")).withVersion(0x100000000n);
    files().saveProposed(config);
    expect(content("zoo.cfg.dynamic.next")).to.equal([...lines, "version=100000000"].join("\n"));
    files().saveCommitted(config, true);
    expect(content("zoo.cfg.dynamic.100000000")).to.equal(lines.join("\n"));
    expect(content("zoo.cfg").split("\n")).to.deep.equal([
      "tickTime=200",
      "clientPort=4002",
      "clientPortAddress=127.0.0.1",
      "initLimit=5",
      "syncLimit=5",
      "reconfigEnabled=true",
      `dataDir=${folder}`,
      `dynamicConfigFile=${file}.dynamic.100000000`,
      "",
    ]);
    expect(readdirSync(folder).sort()).to.deep.equal(["myid", "zoo.cfg", "zoo.cfg.dynamic.100000000"]);
  });

  it("are read at the next start, what was proposed among them", () => {
    const committed = QuorumConfig.fromText(withClients.join("\n")).withVersion(0x100000005n);
    const proposed = QuorumConfig.fromText(withClients.slice(1).join("\n")).withVersion(0x100000009n);
    files().saveProposed(committed);
    files().saveProposed(proposed);
    files().saveCommitted(committed, false);
    expect(content("zoo.cfg")).not.to.contain("clientPort");
    const { ensemble, network } = loadConfig({ file }).config;
    expect(network.clientAddress).to.deep.equal({ host: "127.0.0.1", port: 4002 });
    expect(ensemble?.config.version).to.equal(0x100000005n);
    expect(ensemble?.lastSeenConfig?.text).to.equal(proposed.text);
    files().saveCommitted(proposed, true);
    expect(loadConfig({ file }).config.ensemble?.lastSeenConfig).to.equal(null);
  });

  it("do not bring a server down whose folder cannot be written to", () => {
    const nowhere = new DynamicFiles(
      join(folder, "missing", "zoo.cfg"),
      2n,
      createLog({ level: "silent", terminal: false }),
    );
    nowhere.saveProposed(QuorumConfig.fromText(lines.join("\n")));
  });

  it("have their version in their name, if it is one", () => {
    expect(versionOfFile("/etc/zoo.cfg.dynamic.10000000a")).to.equal(0x10000000an);
    expect(versionOfFile("zoo.cfg.dynamic")).to.equal(null);
  });
});
