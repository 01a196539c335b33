import { OpCode } from "../../../protocol/opcodes.ts";
import type { PrepContext, WriteRequest } from "../prep/prepContext.ts";
import type { TxnOp } from "../txns/txnOp.ts";
import { StatOffset, writeInt64 } from "../tree/statLayout.ts";

/**
 * closeSession, asked for by a client or by expiry: carries the ephemerals that go with the session, those of
 * proposals still under way included (PrepRequestProcessor.pRequest2Txn). A list that would make the transaction longer
 * than a server can read is left out: each server has it, too (ZOOKEEPER-4306).
 */
export function prepareCloseSession(context: PrepContext, request: WriteRequest): TxnOp {
  const paths = context.changes.ephemeralsOf(request.sessionId);
  const { changes } = context;
  // A session may have a hundred thousand of them, below a few parents: each parent is changed once.
  const goneByParent = new Map<string, number>();
  for (const path of paths) {
    if (!changes.removePath(request.zxid, path)) continue;
    const parent = path.slice(0, path.lastIndexOf("/"));
    goneByParent.set(parent, (goneByParent.get(parent) ?? 0) + 1);
  }
  for (const [path, gone] of goneByParent) {
    const parent = changes.find(path);
    if (parent === null) continue;
    const changed = parent.copyFor(request.zxid);
    changed.childCount -= gone;
    if (changed.stat !== null) writeInt64(changed.stat, StatOffset.pzxid, request.zxid);
    changes.update(changed, parent.digest);
  }
  const { closeSessionTxnEnabled, txnBytesMax } = context.settings;
  const isNamed = closeSessionTxnEnabled && bytesOf(paths, txnBytesMax) <= txnBytesMax;
  return { type: OpCode.closeSession, record: isNamed ? { paths2Delete: paths } : null };
}

/** What the list takes in a transaction; counted no further than `max`. */
function bytesOf(paths: readonly string[], max: number): number {
  let bytes = 0;
  for (const path of paths) {
    bytes += 4 + utf8Length(path);
    if (bytes > max) return bytes;
  }
  return bytes;
}

/** Of a string as the wire has it: three bytes for each half of a pair. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7ff) bytes += 2;
    else if (unit > 0x7f) bytes++;
  }
  return bytes;
}
