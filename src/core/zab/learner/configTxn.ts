import { JuteReader } from "../../../../protocol/jute/reader.ts";
import { JuteError } from "../../../../protocol/jute/juteError.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import { QuorumConfig } from "../../quorum/quorumConfig.ts";
import { QuorumConfigError } from "../../quorum/quorumConfigError.ts";
import { readTxn } from "../../txns/txnOp.ts";

/** Of the type in a transaction's header, behind client id, cxid, zxid and time. */
const typeAt = 28;

/** Whether a transaction's bytes are those of a reconfiguration. */
function isReconfig(data: Uint8Array): boolean {
  // Each proposal passes here: nothing is allocated.
  return (
    data.length >= typeAt + 4 &&
    data[typeAt] === 0 &&
    data[typeAt + 1] === 0 &&
    data[typeAt + 2] === 0 &&
    data[typeAt + 3] === OpCode.reconfig
  );
}

/** The configuration that a transaction brings; null if it brings none. Throws JuteError for one that cannot be read. */
export function configOfTxn(data: Uint8Array): QuorumConfig | null {
  if (!isReconfig(data)) return null;
  const { op } = readTxn(new JuteReader(data));
  return op.type === OpCode.reconfig ? readConfig(op.record.data ?? nothing) : null;
}

/** A configuration as it travels. Throws JuteError. */
export function readConfig(bytes: Uint8Array): QuorumConfig {
  try {
    return QuorumConfig.fromText(new JuteReader(bytes).readText(bytes.length));
  } catch (error) {
    if (!(error instanceof QuorumConfigError)) throw error;
    throw new JuteError("VALUE", 0, error.message, "configuration");
  }
}

const nothing = new Uint8Array(0);
