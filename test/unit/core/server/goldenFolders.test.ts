import { join } from "node:path";
import { expect } from "chai";
import { TreeLoader } from "../../../../src/core/server/treeLoader.ts";
import type { SessionTimeouts } from "../../../../src/core/sessions/sessionTimeouts.ts";
import { recover } from "../../../../src/core/storage/recovery.ts";
import { DataTree } from "../../../../src/core/tree/dataTree.ts";
import { gzipInflater } from "../../../../src/shell/disk/gzip.ts";
import { nodeFileSystem } from "../../../../src/shell/disk/nodeFileSystem.ts";
import { decodedRows, goldenDiskSets, withCopy, type DecodedRow } from "../../../support/goldenDisk.ts";

/** Sets that Apache refuses, or that we refuse because whole transactions stand behind the damage. */
const refused = /^(damaged_(bad_|cut_header|no_eor)|snapbad_no_snapshot$)/;
/** Three servers, whose rows decode.py lists one after the other; recovery.test.ts loads each of them. */
const severalServers = new Set(["ensemble_reconfig"]);

interface Row extends Omit<DecodedRow, "digest"> {
  readonly clientId?: string;
  readonly txn?: { readonly timeOut?: number };
  readonly digest?: { readonly treeDigest?: string };
}

/** What decode.py's rows say that a server must know: sessions, last zxid and the digest after it. */
function expected(set: string): { sessions: Map<bigint, number>; lastZxid: bigint; digest: bigint | null } {
  const rows = decodedRows(set) as readonly Row[];
  const zxidOf = (name: string): bigint => BigInt(`0x${name.split(".")[1]}`);
  const snapshots = rows.filter(
    (row) => row.file?.startsWith("snapshot.") === true && row.nodes !== undefined,
  );
  const whole = snapshots.filter((row) => row.problem === undefined && !isBroken(row));
  whole.sort((a, b) => (zxidOf(a.file ?? "") < zxidOf(b.file ?? "") ? 1 : -1));
  const [snapshot] = whole;
  const sessions = new Map(
    Object.entries(snapshot?.sessions ?? {}).map(([id, timeout]) => [BigInt(id), timeout]),
  );
  let lastZxid = snapshot === undefined ? 0n : zxidOf(snapshot.file ?? "");
  let digest: bigint | null = null;
  const records = rows.filter((row) => row.zxid !== undefined && row.type !== undefined);
  records.sort((a, b) => (BigInt(a.zxid ?? 0) < BigInt(b.zxid ?? 0) ? -1 : 1));
  for (const row of records) {
    const zxid = BigInt(row.zxid ?? 0);
    if (zxid <= lastZxid) continue;
    lastZxid = zxid;
    const id = BigInt(row.clientId ?? 0);
    if (row.type === "createSession") sessions.set(id, row.txn?.timeOut ?? 0);
    if (row.type === "closeSession") sessions.delete(id);
    if (row.digest?.treeDigest !== undefined) digest = BigInt(row.digest.treeDigest);
  }
  return { sessions, lastZxid, digest };
}

function isBroken(row: Row): boolean {
  const seals = Reflect.get(row, "seals") as [boolean, string][] | undefined;
  return seals !== undefined && seals.some(([good]) => !good);
}

describe("folders that Apache left behind", () => {
  for (const set of goldenDiskSets().filter((name) => !refused.test(name) && !severalServers.has(name))) {
    it(`${set}: sessions, zxid and digest`, () =>
      withCopy(set, async (folder) => {
        const data = join(folder, "data", "version-2");
        const logs = set === "split_dirs" ? join(folder, "log", "version-2") : data;
        const rules = { extendedTypesEnabled: true, emulate353TTLNodes: false, digestEnabled: true };
        const tree = new DataTree(rules);
        const timeouts: SessionTimeouts = new Map();
        const loader = new TreeLoader(tree, timeouts, true, 4_000_000, () => undefined);
        const { lastZxid } = await recover(
          nodeFileSystem,
          { snapshots: data, logs },
          { juteLengthMax: 4_000_000, trustEmptySnapshot: set.endsWith("trusted"), datadirAutocreate: true },
          loader,
          loader,
          { warn: () => undefined, progress: () => undefined },
          gzipInflater,
        );
        const wanted = expected(set);
        expect(lastZxid).to.equal(wanted.lastZxid);
        expect(new Map(timeouts)).to.deep.equal(wanted.sessions);
        if (wanted.digest !== null) expect(tree.digest()).to.equal(wanted.digest);
        expect(loader.mismatchCount).to.equal(0);
      }));
  }
});
