import type { JuteReader } from "../../../protocol/jute/reader.ts";
import type { ClientConnection, HeldRequest } from "./clientConnection.ts";

/** Where writes go: to prep, on a leader or a server alone (`WriteRequests`), or to the leader (`LearnerWrites`). */
export interface Writes {
  /** A client's write; the body is what `reader` has left. */
  write(
    connection: ClientConnection,
    xid: number,
    type: number,
    reader: JuteReader,
    receivedMs: number,
    largeBytes: number,
  ): void;
  /** A client's write that had to wait for the request throttle. */
  writeHeld(connection: ClientConnection, held: HeldRequest): void;
  /** A write that the server asks for itself; nobody waits for a reply, unless a connection is given. */
  propose(type: number, sessionId: bigint, body: Uint8Array, connection: ClientConnection | null): void;
}
