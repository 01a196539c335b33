import { OpCode } from "../../../protocol/opcodes.ts";

const nameByOpCode = new Map<number, string>([
  [OpCode.ping, "PING"],
  [OpCode.createSession, "SESS"],
  [OpCode.multi, "MULT"],
  [OpCode.multiRead, "MLTR"],
  [OpCode.create, "CREA"],
  [OpCode.create2, "CREA"],
  [OpCode.createTTL, "CREA"],
  [OpCode.createContainer, "CREA"],
  [OpCode.delete, "DELE"],
  [OpCode.deleteContainer, "DELE"],
  [OpCode.setData, "SETD"],
  [OpCode.reconfig, "RECO"],
  [OpCode.setACL, "SETA"],
  [OpCode.closeSession, "CLOS"],
  [OpCode.sync, "SYNC"],
  [OpCode.check, "CHEC"],
  [OpCode.exists, "EXIS"],
  [OpCode.getData, "GETD"],
  [OpCode.setWatches, "SETW"],
  [OpCode.setWatches2, "STW2"],
  [OpCode.addWatch, "ADDW"],
  [OpCode.getACL, "GETA"],
  [OpCode.getChildren, "GETC"],
  [OpCode.getAllChildrenNumber, "GETACN"],
  [OpCode.getChildren2, "GETC"],
  [OpCode.checkWatches, "CHKW"],
  [OpCode.removeWatches, "REMW"],
  [OpCode.whoAmI, "HOMI"],
  [OpCode.getEphemerals, "GETE"],
]);

/** Stands for a request that was refused before it ran: its transaction is an error, or it was throttled. */
export const refusedOpName = "NA";

/** The short name of a request that `cons` shows as `lop` (FinalRequestProcessor). */
export function lastOpName(opCode: number): string {
  return nameByOpCode.get(opCode) ?? refusedOpName;
}
