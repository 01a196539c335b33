import { JuteError } from "../../../protocol/jute/juteError.ts";
import type { JuteReader } from "../../../protocol/jute/reader.ts";
import type { JuteWriter } from "../../../protocol/jute/writer.ts";
import { ConnectRequest } from "../../../protocol/records/client.ts";

/** A ConnectRequest as it came; `readOnly` is null when the client is too old to send that byte. */
export interface Handshake {
  readonly request: ConnectRequest;
  readonly readOnly: boolean | null;
}

/** Null for bytes that are no ConnectRequest, which costs the connection. Bytes behind the record are ignored. */
export function readHandshake(reader: JuteReader): Handshake | null {
  try {
    const request = ConnectRequest.read(reader);
    return { request, readOnly: reader.remaining > 0 ? reader.readBoolean() : null };
  } catch (error) {
    if (error instanceof JuteError) return null;
    throw error;
  }
}

/**
 * A ConnectResponse frame. A refused session is one of zeros with a password of 16 zero bytes. The read-only byte is
 * written only to clients that sent one, and set by a server in read-only mode (client.md section 3).
 */
export function writeConnectResponse(
  out: JuteWriter,
  timeoutMs: number,
  sessionId: bigint,
  password: Uint8Array,
  sentReadOnlyByte: boolean,
  isReadOnly: boolean,
): void {
  const mark = out.beginFrame();
  out.writeInt(0);
  out.writeInt(timeoutMs);
  out.writeLong(sessionId);
  out.writeBuffer(password);
  if (sentReadOnlyByte) out.writeBoolean(isReadOnly);
  out.endFrame(mark);
}

export const noPassword: Uint8Array = new Uint8Array(16);

/** Equal bytes; a null password fits nothing. */
export function passwordFits(given: Uint8Array | null, expected: Uint8Array): boolean {
  if (given === null || given.length !== expected.length) return false;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) difference |= given[i] ^ expected[i];
  return difference === 0;
}
