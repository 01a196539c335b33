import { OpCode } from "../../../protocol/opcodes.ts";

/** How a request type travels: through prep and the log, as a read, at once, or not at all. */
export type RequestKind = "write" | "read" | "atOnce" | "unknown";

const kindByOpCode = new Map<number, RequestKind>([
  [OpCode.create, "write"],
  [OpCode.create2, "write"],
  [OpCode.createContainer, "write"],
  [OpCode.createTTL, "write"],
  [OpCode.delete, "write"],
  [OpCode.deleteContainer, "write"],
  [OpCode.setData, "write"],
  [OpCode.setACL, "write"],
  [OpCode.multi, "write"],
  [OpCode.reconfig, "write"],
  [OpCode.createSession, "write"],
  [OpCode.closeSession, "write"],
  [OpCode.exists, "read"],
  [OpCode.getData, "read"],
  [OpCode.getACL, "read"],
  [OpCode.getChildren, "read"],
  [OpCode.getChildren2, "read"],
  [OpCode.sync, "read"],
  [OpCode.ping, "read"],
  [OpCode.checkWatches, "read"],
  [OpCode.removeWatches, "read"],
  [OpCode.multiRead, "read"],
  [OpCode.setWatches, "read"],
  [OpCode.setWatches2, "read"],
  [OpCode.getEphemerals, "read"],
  [OpCode.getAllChildrenNumber, "read"],
  [OpCode.addWatch, "read"],
  [OpCode.whoAmI, "read"],
  [OpCode.auth, "atOnce"],
  [OpCode.sasl, "atOnce"],
]);

/** `check` alone, `notification` and `error` are unknown to a server, as in Apache (Request.isValid). */
export function requestKind(type: number): RequestKind {
  return kindByOpCode.get(type) ?? "unknown";
}
