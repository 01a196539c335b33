import type { JuteWriter } from "../../../protocol/jute/writer.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import type { DataTree } from "../tree/dataTree.ts";
import { writeCreatedStat, writeStatOf } from "../txns/applyTxn.ts";
import type { TxnOp } from "../txns/txnOp.ts";

/**
 * Body of the reply to an applied write, straight after it was applied, so that a Stat shows that very state.
 * `results` holds the body of a multi's reply.
 */
export function writeReplyBody(
  out: JuteWriter,
  tree: DataTree,
  requestType: number,
  op: TxnOp,
  results: JuteWriter,
): void {
  switch (op.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      out.writeString(op.record.path);
      if (requestType !== OpCode.create) writeCreatedStat(out, tree, op.record.path, op.record.data);
      return;
    case OpCode.setData:
    case OpCode.setACL:
      return writeStatOf(out, tree, op.record.path);
    case OpCode.reconfig:
      out.writeBuffer(op.record.data);
      return writeStatOf(out, tree, op.record.path);
    case OpCode.multi:
      return out.writeBytes(results.view());
    default:
  }
}
