import { expect } from "chai";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { runSnapshot } from "../../../../src/shell/cli/snapshot.ts";
import { runTxnlog } from "../../../../src/shell/cli/txnlog.ts";
import { decodedRows, goldenDiskPath } from "../../../support/goldenDisk.ts";

async function print(
  run: typeof runTxnlog,
  files: readonly string[],
  json = true,
): Promise<{ exitCode: number; lines: string[] }> {
  const out = new PassThrough();
  const printed = text(out);
  const exitCode = await run(files, { json }, out);
  out.end();
  return { exitCode, lines: (await printed).split("\n").filter((line) => line !== "") };
}

const log = (set: string, name = "log.1"): string => goldenDiskPath(`${set}/data/version-2/${name}`);

describe("zabra txnlog", () => {
  for (const set of ["all_txns", "legacy_flags", "fuzzy"]) {
    it(`${set}: JSON lines equal what decode.py read, field by field`, async () => {
      const rows = decodedRows(set);
      const first = rows.findIndex(({ file }) => file?.startsWith("log."));
      const name = rows[first].file ?? "";
      const { exitCode, lines } = await print(runTxnlog, [log(set, name)]);
      const found = lines.map((line) => JSON.parse(line) as { zxid?: string });
      const wanted = rows.slice(
        first + 1,
        rows.findIndex(({ end }) => end !== undefined),
      );
      expect(exitCode).to.equal(0);
      expect(found.filter(({ zxid }) => zxid !== undefined)).to.deep.equal(wanted);
    });
  }

  it("prints one line a transaction for people", async () => {
    const { exitCode, lines } = await print(runTxnlog, [log("all_txns")], false);
    expect(exitCode).to.equal(0);
    expect(lines[0]).to.match(/log\.1: transaction log, 16400 bytes$/);
    expect(lines[2]).to.equal(
      "2026-11-22T22:03:12.447Z session 0x1000019bb9b0000 cxid 1 zxid 0x2 create /plain " +
        'data 4 bytes "data" acl cdrwa:world:anyone ephemeral false parentCVersion 1 digest 0x63390aa0',
    );
    expect(lines.at(-1)).to.match(/^57 transactions, the last ends at offset \d+$/);
  });

  it("takes a torn end for what it is, and reports damage with exit code 1", async () => {
    const torn = await print(runTxnlog, [log("damaged_torn_cut")], false);
    expect([torn.exitCode, torn.lines.at(-1)]).to.deep.equal([
      0,
      "6 transactions; torn at offset 777: the log ends before a record of 127 bytes does",
    ]);
    const damaged = await print(runTxnlog, [log("damaged_bad_crc_mid"), log("all_txns")]);
    expect(damaged.exitCode).to.equal(1);
    expect(damaged.lines.map((line) => JSON.parse(line) as object)).to.deep.include({
      at: 497,
      end: "badChecksum",
      verdict: "damaged",
      txns: 4,
      rest: 15903,
      firstZxidBehind: "0x6",
      lastZxidBehind: "0x9",
    });
    expect(damaged.lines).to.have.lengthOf(1 + 4 + 1 + 1 + 57 + 1);
  });

  it("says which file is missing or no log, and goes on with the next", async () => {
    const { exitCode, lines } = await print(runTxnlog, [log("all_txns", "log.none"), log("all_txns")], false);
    expect(exitCode).to.equal(1);
    expect(lines[0]).to.match(/log\.none: cannot open it: ENOENT/);
    expect(lines).to.have.lengthOf(1 + 59);
    const noLog = await print(runTxnlog, [log("all_txns", "snapshot.0")], false);
    expect([noLog.exitCode, noLog.lines.at(-1)]).to.deep.equal([
      1,
      "0 transactions; damaged at offset 0: the log does not start with ZKLG",
    ]);
  });

  it("ends quietly when the reader goes away", async () => {
    const out = new PassThrough();
    out.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    expect(await runTxnlog([log("all_txns")], { json: true }, out)).to.equal(0);
  });
});

describe("zabra snapshot", () => {
  for (const [set, name] of [
    ["snap_checked", "snapshot.59"],
    ["snap_gz", "snapshot.59.gz"],
    ["snap_snappy", "snapshot.59.snappy"],
    ["legacy_flags", "snapshot.31"],
  ]) {
    it(`${set}: sums up ${name} as decode.py does`, async () => {
      const row = decodedRows(set).find(({ file }) => file === name);
      const { exitCode, lines } = await print(runSnapshot, [log(set, name)]);
      const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      const sum = rows.at(-1);
      expect(exitCode).to.equal(0);
      expect([sum?.["nodes"], sum?.["computedDigest"]]).to.deep.equal([row?.nodes, row?.computedDigest]);
      expect(sum?.["digest"]).to.deep.equal(row?.digest);
      expect(sum?.["lastProcessedZxid"]).to.equal(row?.lastZxid);
      expect(rows.filter(({ path }) => path !== undefined)).to.have.lengthOf(row?.nodes ?? -1);
      const sessions = rows.filter(({ session }) => session !== undefined);
      expect(Object.fromEntries(sessions.map((s) => [s["session"], s["timeout"]]))).to.deep.equal(
        row?.sessions,
      );
      const acls = rows.filter(({ aclId, acl }) => aclId !== undefined && acl !== undefined);
      expect(Object.fromEntries(acls.map((a) => [a["aclId"], a["acl"]]))).to.deep.equal(row?.acls);
    });
  }

  it("prints nodes for people", async () => {
    const { lines } = await print(runSnapshot, [log("all_txns", "snapshot.0")], false);
    expect(lines).to.include(
      '/zookeeper data 0 bytes "" aclId -1 czxid 0x0 mzxid 0x0 ctime 0 mtime 0 version 0 cversion 0 aversion 0 ' +
        "ephemeralOwner 0x0 pzxid 0x0",
    );
    expect(lines.at(-1)).to.include("0 sessions, 4 nodes").and.include("tree digest 0x51c6d660");
  });

  it("reports a file that cannot be used with exit code 1", async () => {
    for (const set of ["snapbad_cut", "snapbad_flip"]) {
      const { exitCode, lines } = await print(runSnapshot, [log(set, "snapshot.7")], false);
      expect(exitCode).to.equal(1);
      expect(lines.at(-1)).to.match(/snapshot\.7: cannot be used: it/);
    }
    expect((await print(runSnapshot, [log("snap_gz", "none")])).exitCode).to.equal(1);
  });
});
