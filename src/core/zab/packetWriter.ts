import type { JuteWriter } from "../../../protocol/jute/writer.ts";
import type { PacketType } from "../../../protocol/records/quorum.ts";

/** A QuorumPacket without identities, as nearly all are; without an object for each. */
export function writePacket(
  out: JuteWriter,
  type: PacketType,
  zxid: bigint,
  data: Uint8Array | null = null,
): void {
  out.writeInt(type);
  out.writeLong(zxid);
  out.writeBuffer(data);
  out.writeInt(-1);
}
