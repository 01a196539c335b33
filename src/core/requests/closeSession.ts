import { OpCode } from "../../../protocol/opcodes.ts";
import type { PrepContext, WriteRequest } from "../prep/prepContext.ts";
import type { TxnOp } from "../txns/txnOp.ts";
import { StatOffset, writeInt64 } from "../tree/statLayout.ts";

/**
 * closeSession, asked for by a client or by expiry: carries the ephemerals that go with the session, those of
 * proposals still under way included (PrepRequestProcessor.pRequest2Txn).
 */
export function prepareCloseSession(context: PrepContext, request: WriteRequest): TxnOp {
  const paths = context.changes.ephemeralsOf(request.sessionId);
  for (const path of paths) {
    const node = context.changes.find(path);
    if (node === null) continue;
    const parent = context.changes.find(path.slice(0, path.lastIndexOf("/")));
    if (parent !== null) {
      const changed = parent.copyFor(request.zxid);
      changed.childCount--;
      if (changed.stat !== null) writeInt64(changed.stat, StatOffset.pzxid, request.zxid);
      context.changes.update(changed, parent.digest);
    }
    context.changes.remove(request.zxid, node);
  }
  const record = context.settings.closeSessionTxnEnabled ? { paths2Delete: paths } : null;
  return { type: OpCode.closeSession, record };
}
