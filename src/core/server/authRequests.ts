import { ErrorCode } from "../../../protocol/errors.ts";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import type { JuteReader } from "../../../protocol/jute/reader.ts";
import { formatHex } from "../../../protocol/longs.ts";
import { AuthPacket, SASLToken } from "../../../protocol/records/client.ts";
import { authIdsFit, withAuthIds, type AuthId } from "../auth/authId.ts";
import { beginReply, endReply, frameLengthBytes } from "../requests/reply.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { ZooKeeperServer } from "./zooKeeperServer.ts";

/**
 * auth and sasl: handled at once, outside the order of the other requests, answered with zxid 0; and the refusal of
 * connections that should have authenticated first (client.md sections 7, 11, 12).
 */
export class AuthRequests {
  readonly #server: ZooKeeperServer;

  constructor(server: ZooKeeperServer) {
    this.#server = server;
  }

  auth(connection: ClientConnection, xid: number, reader: JuteReader): void {
    const server = this.#server;
    const packet = readOrNull(() => AuthPacket.read(reader));
    if (packet === null) return server.connections.close(connection, "auth packet cannot be read");
    const { remoteAddress } = connection.origin;
    const result = server.options.access.authenticate(packet.scheme, packet.auth, {
      remoteAddress,
      authIds: connection.authIds,
    });
    if (result.metric !== undefined) server.metrics.counters[result.metric].add(1);
    if (result.ok && this.#add(connection, result.add)) return this.#reply(connection, xid, ErrorCode.OK);
    this.#report(connection, `authentication by scheme ${packet.scheme ?? "null"} failed`);
    if (result.ok || result.silent !== true) this.#reply(connection, xid, ErrorCode.AUTHFAILED);
    server.connections.close(connection, "authentication failed");
  }

  sasl(connection: ClientConnection, xid: number, reader: JuteReader): void {
    const server = this.#server;
    const packet = readOrNull(() => SASLToken.read(reader));
    if (packet === null) return server.connections.close(connection, "sasl packet cannot be read");
    const decision = server.options.sasl.decide(connection.sasl, packet.token);
    connection.sasl = decision.state;
    if (!this.#add(connection, decision.add))
      return server.connections.close(connection, "too many identities");
    if (decision.reason !== null) this.#report(connection, `SASL: ${decision.reason}`);
    if (!decision.silent) {
      const mark = beginReply(connection.out, xid, 0n, decision.err);
      connection.out.writeBuffer(decision.token);
      this.#end(connection, mark);
    }
    if (decision.close) server.connections.close(connection, "SASL authentication failed");
  }

  /** Authentication is required and this connection has none. */
  refuse(connection: ClientConnection, xid: number): void {
    this.#reply(connection, xid, ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH);
    this.#server.connections.close(connection, "authentication is required");
  }

  /** DIFFERS: Apache keeps any number of identities. False, and a line in the log, for one too many. */
  #add(connection: ClientConnection, add: readonly AuthId[]): boolean {
    const ids = withAuthIds(connection.authIds, add);
    if (ids !== connection.authIds && !authIdsFit(ids)) {
      this.#report(connection, "too many identities on one connection");
      return false;
    }
    connection.authIds = ids;
    return true;
  }

  #reply(connection: ClientConnection, xid: number, err: ErrorCode): void {
    this.#end(connection, beginReply(connection.out, xid, 0n, err));
  }

  #end(connection: ClientConnection, mark: number): void {
    const { out, stats } = connection;
    endReply(out, mark);
    this.#server.stats.sentRecord(stats, out.length - mark - frameLengthBytes);
    this.#server.connections.wrote(connection);
  }

  #report(connection: ClientConnection, message: string): void {
    const details = { session: formatHex(connection.sessionId), address: connection.origin.remoteAddress };
    this.#server.effects.report({ level: "warn", message, details });
  }
}

function readOrNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof JuteError) return null;
    throw error;
  }
}
