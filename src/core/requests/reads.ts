import { ErrorCode } from "../../../protocol/errors.ts";
import { Perms } from "../../../protocol/flags.ts";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import type { JuteReader } from "../../../protocol/jute/reader.ts";
import type { JuteWriter } from "../../../protocol/jute/writer.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import type { AccessControl } from "../auth/accessControl.ts";
import { javaTrim } from "../java/javaTrim.ts";
import type { ClientConnection } from "../server/clientConnection.ts";
import { writeAcl } from "../tree/aclTable.ts";
import type { DataTree } from "../tree/dataTree.ts";
import { noNode } from "../tree/tree.ts";
import { writeMultiHeader } from "../txns/applyTxn.ts";
import { addWatch, checkWatches, removeWatches, type WatchTables } from "../watches/watchTables.ts";
import { WatcherMode } from "../watches/watcherMode.ts";
import { isRead, readMultiOps } from "./multi.ts";

/** What the reads need to answer. */
export interface ReadContext {
  readonly tree: DataTree;
  readonly watches: WatchTables<ClientConnection>;
  readonly access: AccessControl;
  /** Longest reply to a multiRead: one frame can ask for the same megabyte thousands of times. */
  readonly multiReadBytesMax: number;
  /** Counts the bytes of a read for the per-namespace metrics. */
  readonly countRead: (path: string, bytes: number) => void;
}

/**
 * Answers a read: appends the reply's body to `out` and returns 0, or returns an error code, in which case the body
 * is to be dropped (but for multiRead, see `multiRead`). Paths are not validated: a bad one is a missing node; the
 * empty one is the root; null is MARSHALLINGERROR. Throws JuteError for a body that cannot be read.
 */
export function answerRead(
  context: ReadContext,
  connection: ClientConnection,
  type: number,
  reader: JuteReader,
  out: JuteWriter,
): ErrorCode {
  switch (type) {
    case OpCode.exists:
      return exists(context, connection, reader.readString(), reader.readBoolean(), out);
    case OpCode.getData:
      return getData(context, connection, reader.readString(), reader.readBoolean(), out);
    case OpCode.getChildren:
      return getChildren(context, connection, reader.readString(), reader.readBoolean(), out, false);
    case OpCode.getChildren2:
      return getChildren(context, connection, reader.readString(), reader.readBoolean(), out, true);
    case OpCode.getACL:
      return getAcl(context, connection, reader.readString(), out);
    case OpCode.sync:
      // Alone, everything before it in the pipeline is applied already; the path is echoed unread.
      out.writeString(reader.readString());
      return ErrorCode.OK;
    case OpCode.getEphemerals:
      return getEphemerals(context, connection, reader.readString(), out);
    case OpCode.getAllChildrenNumber:
      return getAllChildrenNumber(context, connection, reader.readString(), out);
    case OpCode.checkWatches:
      return checkWatches(context.watches, reader.readString(), reader.readInt(), connection);
    case OpCode.removeWatches:
      return removeWatches(context.watches, reader.readString(), reader.readInt(), connection);
    case OpCode.addWatch: {
      const err = addWatch(context.watches, reader.readString(), connection, reader.readInt());
      if (err === ErrorCode.OK) out.writeInt(0);
      return err;
    }
    case OpCode.multiRead:
      return multiRead(context, connection, reader, out);
    case OpCode.whoAmI:
      return whoAmI(context, connection, out);
    default:
      return ErrorCode.UNIMPLEMENTED;
  }
}

/** A missing node leaves the watch, if one was asked for: it will tell of the node's creation. */
function exists(
  context: ReadContext,
  connection: ClientConnection,
  path: string | null,
  watch: boolean,
  out: JuteWriter,
): ErrorCode {
  if (path === null) return ErrorCode.MARSHALLINGERROR;
  if (path.includes("\0")) return ErrorCode.BADARGUMENTS;
  const ref = context.tree.find(path);
  if (ref !== noNode && !context.access.allows(context.tree.acl(ref), Perms.READ, connection.authIds)) {
    return ErrorCode.NOAUTH;
  }
  if (watch) context.watches.data.add(path, connection, WatcherMode.STANDARD);
  if (ref === noNode) return ErrorCode.NONODE;
  context.tree.writeStat(ref, out);
  context.countRead(path, 0);
  return ErrorCode.OK;
}

/** NodeRef of the znode at `path` if the connection holds one of `perms` on it, else an ErrorCode, which is negative. */
function readable(
  context: ReadContext,
  connection: ClientConnection,
  path: string | null,
  perms: number,
): number {
  if (path === null) return ErrorCode.MARSHALLINGERROR;
  const ref = context.tree.find(path);
  if (ref === noNode) return ErrorCode.NONODE;
  return context.access.allows(context.tree.acl(ref), perms, connection.authIds) ? ref : ErrorCode.NOAUTH;
}

function getData(
  context: ReadContext,
  connection: ClientConnection,
  path: string | null,
  watch: boolean,
  out: JuteWriter,
): ErrorCode {
  const ref = readable(context, connection, path, Perms.READ);
  if (ref < 0 || path === null) return ref as ErrorCode;
  if (watch) context.watches.data.add(path, connection, WatcherMode.STANDARD);
  context.tree.writeData(ref, out);
  context.tree.writeStat(ref, out);
  context.countRead(path, context.tree.dataLength(ref));
  return ErrorCode.OK;
}

function getChildren(
  context: ReadContext,
  connection: ClientConnection,
  path: string | null,
  watch: boolean,
  out: JuteWriter,
  withStat: boolean,
): ErrorCode {
  const ref = readable(context, connection, path, Perms.READ);
  if (ref < 0 || path === null) return ref as ErrorCode;
  if (watch) context.watches.child.add(path, connection, WatcherMode.STANDARD);
  const bytes = context.tree.writeChildren(ref, out);
  if (withStat) context.tree.writeStat(ref, out);
  context.countRead(path, bytes);
  return ErrorCode.OK;
}

/** READ or ADMIN will do; without ADMIN the hashes of digest entries are masked. */
function getAcl(
  context: ReadContext,
  connection: ClientConnection,
  path: string | null,
  out: JuteWriter,
): ErrorCode {
  const ref = readable(context, connection, path, Perms.READ | Perms.ADMIN);
  if (ref < 0) return ref as ErrorCode;
  const acl = context.tree.acl(ref);
  const open = context.access.allows(acl, Perms.ADMIN, connection.authIds);
  writeAcl(out, open ? acl : context.access.mask(acl));
  context.tree.writeStat(ref, out);
  return ErrorCode.OK;
}

/** Paths of the caller's own ephemerals whose text starts with the prefix, at no component's border. */
function getEphemerals(
  context: ReadContext,
  connection: ClientConnection,
  prefix: string | null,
  out: JuteWriter,
): ErrorCode {
  const all = prefix === null || javaTrim(prefix) === "" || javaTrim(prefix) === "/";
  const owned = context.tree.copyOfEphemerals(connection.sessionId).toArray();
  const paths = all ? owned : owned.filter((path) => path.startsWith(prefix));
  out.writeVectorCount(paths.length);
  for (const path of paths) out.writeString(path);
  return ErrorCode.OK;
}

function getAllChildrenNumber(
  context: ReadContext,
  connection: ClientConnection,
  path: string | null,
  out: JuteWriter,
): ErrorCode {
  const ref = readable(context, connection, path, Perms.READ);
  if (ref < 0 || path === null) return ref as ErrorCode;
  out.writeInt(context.tree.allChildrenNumber(path));
  return ErrorCode.OK;
}

function whoAmI(context: ReadContext, connection: ClientConnection, out: JuteWriter): ErrorCode {
  const infos = connection.authIds;
  out.writeVectorCount(infos.length);
  for (const id of infos) {
    out.writeString(id.scheme);
    // Ids without a provider, such as super, have no name to show.
    out.writeString(context.access.userName(id) ?? "");
  }
  return ErrorCode.OK;
}

/**
 * getData and getChildren one by one; an error of one is its own result and stops nothing; watch flags are ignored.
 * A write among them, or a null path, is MARSHALLINGERROR with the results so far as a body, the only error that has
 * one; the body is then left in `out` (client.md section 15).
 */
function multiRead(
  context: ReadContext,
  connection: ClientConnection,
  reader: JuteReader,
  out: JuteWriter,
): ErrorCode {
  const ops = readMultiOps(reader);
  if (ops === null) return ErrorCode.MARSHALLINGERROR;
  const endMax = out.length + context.multiReadBytesMax;
  for (const op of ops) {
    // DIFFERS: Apache builds a reply of any length, which takes its heap with it.
    if (out.length > endMax) return ErrorCode.MARSHALLINGERROR;
    if (!isRead(op) || op.record.path === null) {
      writeMultiHeader(out, -1, true, -1);
      throw new MultiReadRefused();
    }
    const mark = out.length;
    writeMultiHeader(out, op.type, false, 0);
    const err =
      op.type === OpCode.getData
        ? getDataResult(context, connection, op.record.path, out)
        : getChildren(context, connection, op.record.path, false, out, false);
    if (err !== ErrorCode.OK) {
      out.truncate(mark);
      writeMultiHeader(out, OpCode.error, false, err);
      out.writeInt(err);
    }
  }
  writeMultiHeader(out, -1, true, -1);
  return ErrorCode.OK;
}

function getDataResult(
  context: ReadContext,
  connection: ClientConnection,
  path: string,
  out: JuteWriter,
): ErrorCode {
  return getData(context, connection, path, false, out);
}

/** A multiRead that is answered MARSHALLINGERROR and keeps the body that stands in `out`. */
export class MultiReadRefused extends JuteError {
  constructor() {
    super("VALUE", 0, "a write or a null path inside multiRead");
    this.name = "MultiReadRefused";
  }
}
