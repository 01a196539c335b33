import { JuteError } from "../jute/juteError.ts";
import type { JuteReader } from "../jute/reader.ts";
import { buffer, codec, int, long, record, ustring, vector, type Infer } from "../jute/schema.ts";
import type { JuteWriter } from "../jute/writer.ts";
import { ACL } from "./client.ts";

/**
 * Parts of a snapshot file, in their order in it (disk.md section 4), and the body that a leader sends after SNAP,
 * which is parts 2 to 5. The records fit a reader that takes one part after another; `SnapshotBody` is for bytes
 * that are in memory as a whole.
 */

/** Part 1, and the head of every log: magic, version 2, and a dbid that nobody checks (0 in logs, -1 in snapshots). */
export const FileHeader = record("FileHeader", { magic: int, version: int, dbid: long });
export type FileHeader = Infer<typeof FileHeader>;

/** FileHeader.magic: "ZKSN" and "ZKLG". */
export const FileMagic = { snapshot: 0x5a4b534e, log: 0x5a4b4c47 } as const;

/** FileHeader.version of both. */
export const fileVersion = 2;

/** Part 2: a global session; timeout in ms. */
export const SnapshotSession = record("SnapshotSession", { sessionId: long, timeout: int });
export type SnapshotSession = Infer<typeof SnapshotSession>;

/** Part 3: an ACL list and the id by which nodes name it, private to the server that wrote the file. */
export const AclEntry = record("AclEntry", { id: long, acl: vector(ACL) });
export type AclEntry = Infer<typeof AclEntry>;

/** What is kept of a znode's stat: 60 bytes. cversion counts creates, unlike the client's. */
export const StatPersisted = record("StatPersisted", {
  czxid: long,
  mzxid: long,
  ctime: long,
  mtime: long,
  version: int,
  cversion: int,
  aversion: int,
  ephemeralOwner: long,
  pzxid: long,
});
export type StatPersisted = Infer<typeof StatPersisted>;

/** Part 4 without the path in front. `acl` is an AclEntry.id, or -1 for world:anyone with all permissions. */
export const DataNode = record("DataNode", { data: buffer, acl: long, stat: StatPersisted });
export type DataNode = Infer<typeof DataNode>;

/** Part 4: the root has path "" and a parent stands before its children. */
export const SnapshotNode = record("SnapshotNode", {
  path: ustring,
  data: buffer,
  acl: long,
  stat: StatPersisted,
});
export type SnapshotNode = Infer<typeof SnapshotNode>;

/** Part 5: stands where the next node's path would. */
export const nodesEndPath = "/";

/** Part 6, again after parts 7 and 8: Adler-32 (unsigned) of every byte before it, and "/". */
export const Seal = record("Seal", { adler: long, path: ustring });
export type Seal = Infer<typeof Seal>;

/** Part 7, version 2: the tree digest at `zxid`, as signed 64 bits. */
export const SnapshotDigest = record("SnapshotDigest", { zxid: long, version: int, digest: long });
export type SnapshotDigest = Infer<typeof SnapshotDigest>;

/** Part 7 as servers before digest version 2 wrote it: the digest is a hexadecimal text. */
export const SnapshotDigestV1 = record("SnapshotDigestV1", { zxid: long, version: int, digest: ustring });
export type SnapshotDigestV1 = Infer<typeof SnapshotDigestV1>;

/** Part 8: what `lastProcessedZxid` was at the end; start-up goes by the file name instead. */
export const SnapshotZxid = record("SnapshotZxid", { zxid: long });
export type SnapshotZxid = Infer<typeof SnapshotZxid>;

/** The string after the body of SNAP. */
export const snapSignature = "BenWasHere";

/** Parts 2 to 5. Lists are as on disk; nothing is checked beyond the format. */
export interface SnapshotBody {
  sessions: SnapshotSession[];
  acls: AclEntry[];
  nodes: SnapshotNode[];
}

/** Body of SNAP and of a snapshot file. Node data are views of the bytes read. */
export const SnapshotBody = codec<SnapshotBody>("SnapshotBody", 12, readBody, writeBody);

const sessions = vector(SnapshotSession);
const acls = vector(AclEntry);

function readBody(reader: JuteReader): SnapshotBody {
  const part = <T>(name: string, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      throw error instanceof JuteError ? error.within(name) : error;
    }
  };
  return {
    // Apache loops while its count is positive, so a null list is an empty one.
    sessions: part("sessions", () => sessions.read(reader)) ?? [],
    acls: part("acls", () => acls.read(reader)) ?? [],
    nodes: part("nodes", () => readNodes(reader)),
  };
}

function readNodes(reader: JuteReader): SnapshotNode[] {
  const nodes: SnapshotNode[] = [];
  for (;;) {
    const path = reader.readString();
    if (path === nodesEndPath) return nodes;
    nodes.push({ path, ...DataNode.read(reader) });
  }
}

function writeBody(writer: JuteWriter, body: SnapshotBody): void {
  sessions.write(writer, body.sessions);
  acls.write(writer, body.acls);
  for (const node of body.nodes) SnapshotNode.write(writer, node);
  writer.writeString(nodesEndPath);
}
