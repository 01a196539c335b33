import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { loadConfig, type LoadedConfig } from "../../../../src/shell/config/config.ts";

describe("what only members of an ensemble have", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "zabra-ensemble-keys-"));
    writeFileSync(join(folder, "myid"), "1");
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function load(voters: number, text: string): LoadedConfig {
    const file = join(folder, "zoo.cfg");
    const lines = Array.from(
      { length: voters },
      (_, i) => `server.${i + 1}=127.0.0.1:${2 * i + 1}:${2 * i + 2}`,
    );
    const usual = [`dataDir=${folder}`, "clientPort=2181", "initLimit=5", "syncLimit=5"];
    writeFileSync(file, [...usual, ...lines, text].join("\n"));
    return loadConfig({ file });
  }

  it("is the port of masters of observers, and how long an observer waits", () => {
    const { ensemble } = load(3, "observerMasterPort=2191").config;
    expect([ensemble?.observerMasterPort, ensemble?.observerReconnectDelayMs]).to.deep.equal([2191, 0]);
    expect(load(3, "observerMasterPort=0").config.ensemble?.observerMasterPort).to.equal(null);
  });

  it("is an oracle between two voters, and a word where there are more", () => {
    const warns = (text: string): boolean => /oraclePath has no effect among 3 voters/.test(text);
    const two = load(2, "oraclePath=/o");
    expect(two.config.ensemble?.oraclePath).to.equal("/o");
    expect(two.warnings.filter(warns)).to.deep.equal([]);
    expect(load(3, "oraclePath=/o").warnings.filter(warns)).to.have.length(1);
    expect(load(2, "").config.ensemble?.oraclePath).to.equal(null);
  });

  it("is no oracle beside groups, which it would do away with", () => {
    expect(() => load(2, "oraclePath=/o\ngroup.1=1:2")).to.throw(
      /oraclePath=\/o.* cannot stand beside group\.N/,
    );
  });
});
