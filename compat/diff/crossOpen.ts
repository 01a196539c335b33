import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireNoMismatch } from "../folders/digestCheck.ts";
import { dumpTree, type ZnodeDump } from "../folders/dumpTree.ts";
import { Launched } from "../folders/launched.ts";
import { dumpSessions, sessionDifferences, type SessionDump } from "../folders/sessionDump.ts";
import { compareNodes, oneHistory } from "./endState.ts";
import { excusedComplaint, type ExclusionName } from "./exclusions.ts";

/** A server of `compat/launch`, and where its files are. */
export interface ServerWithFolder {
  /** Name of its launcher. */
  readonly name: "apache" | "zabra";
  readonly dataDir: string;
  /** Equal to `dataDir` if the logs have no folder of their own. */
  readonly dataLogDir: string;
  /** Ends it, in whatever manner; resolves when its process is gone. */
  stop(): Promise<unknown>;
}

interface Opened {
  readonly nodes: ReadonlyMap<string, ZnodeDump>;
  readonly sessions: SessionDump;
  /** What the server says about a digest that does not fit. */
  readonly complaint: string | null;
}

/** What two opened folders have shown. */
export interface CrossOpened {
  readonly differences: readonly string[];
  readonly excused: readonly ExclusionName[];
}

/**
 * So that nothing happens by itself: sessions, containers and TTL nodes are looked at every ten minutes only,
 * and whatever is on disk is there to be compared.
 */
const calm = {
  tickTime: "600000",
  maxSessionTimeout: "36000000",
  "znode.container.checkIntervalMs": "600000",
  snapCount: "100000",
};

/**
 * Stops the servers, has a copy of each folder opened by both implementations, and answers what differs in trees,
 * sessions and ephemerals, one line for each; also what each of them says about digests that do not fit. Empty if
 * all is well. The folders themselves are not touched. `keys` are lines of zoo.cfg that the history depends on
 * (extendedTypesEnabled is on already; `digest.enabled`, emulate353TTLNodes and the like).
 */
export async function crossOpen(
  servers: readonly ServerWithFolder[],
  keys: Readonly<Record<string, string>> = {},
): Promise<CrossOpened> {
  for (const server of servers) await server.stop();
  const differences: string[] = [];
  const excused: ExclusionName[] = [];
  for (const server of servers) {
    const found = await openByBoth(server, { ...calm, ...keys });
    differences.push(...found.differences.map((line) => `folder of ${server.name}: ${line}`));
    excused.push(...found.excused);
  }
  return { differences, excused };
}

async function openByBoth(
  { name: owner, dataDir, dataLogDir }: ServerWithFolder,
  keys: Readonly<Record<string, string>>,
): Promise<CrossOpened> {
  const names = ["apache", "zabra"] as const;
  const results: (Opened | string)[] = [];
  for (const name of names) {
    const folder = mkdtempSync(join(tmpdir(), "zabra-cross-"));
    try {
      mkdirSync(join(folder, "data"));
      cpSync(dataDir, join(folder, "data"), { recursive: true });
      if (dataLogDir !== dataDir) cpSync(dataLogDir, join(folder, "log"), { recursive: true });
      const split = dataLogDir === dataDir ? {} : { dataLogDir: join(folder, "log") };
      results.push(await open(name, folder, { ...keys, ...split }));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const [one, other] = results;
  if (typeof one === "string" || typeof other === "string")
    return { differences: results.filter((result) => typeof result === "string"), excused: [] };
  const complaints = [one.complaint, other.complaint];
  const excused = excusedComplaint(owner, complaints, readdirSync(join(dataDir, "version-2")));
  return {
    differences: [
      ...(excused === null ? complaints.filter((line) => line !== null) : []),
      ...compareNodes([one.nodes, other.nodes], { ...oneHistory, names }),
      ...sessionDifferences([one.sessions, other.sessions], names),
    ],
    excused: excused === null ? [] : [excused],
  };
}

/** Tree and sessions of a copy, or why it could not be opened. */
async function open(
  name: string,
  folder: string,
  keys: Readonly<Record<string, string>>,
): Promise<Opened | string> {
  let server: Launched | null = null;
  try {
    server = await Launched.start(name, folder, { keys });
    // First, since the dump of the tree opens a session of its own.
    const sessions = await dumpSessions(server.port);
    const { nodes } = await dumpTree(server.port);
    const complaint = await requireNoMismatch(server).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    return { nodes, sessions, complaint };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await server?.kill();
  }
}
