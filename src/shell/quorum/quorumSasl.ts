import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { QuorumAuthPacket, quorumAuthMagic, QuorumAuthStatus } from "../../../protocol/records/quorum.ts";
import { DigestMd5Client } from "../../core/auth/sasl/digestMd5Client.ts";
import { DigestMd5Server } from "../../core/auth/sasl/digestMd5Server.ts";
import { nodeDigests } from "../nodeDigests.ts";
import { AuthPackets } from "./authPackets.ts";

const protocol = "zookeeper-quorum";
const serverName = "zk-quorum-sasl-md5";
const nothing = new Uint8Array(0);

export interface QuorumSaslOptions {
  /** Whom this server logs in as where it dials; null: it does not (quorum.auth.learnerRequireSasl). */
  readonly learner: { readonly user: string; readonly password: string } | null;
  /** Passwords by user of those that dial this server. */
  readonly users: ReadonlyMap<string, string>;
  /** Whether those that do not log in are turned away (quorum.auth.serverRequireSasl). */
  readonly isRequired: boolean;
  /** How long the other end may take, in ms. */
  readonly patienceMs: number;
}

/** What an exchange leads to; one of the two, once. Bytes that came behind it are on the socket again. */
export interface SaslEnd {
  ready(): void;
  failed(reason: string): void;
}

/** DIGEST-MD5 between servers: the dialler proves who it is, in QuorumAuthPackets (peer.md 1.4). */
export class QuorumSasl {
  readonly #options: QuorumSaslOptions;

  constructor(options: QuorumSaslOptions) {
    this.#options = options;
  }

  /** The dialler's side: an empty token, the answer to the challenge, and a look at the server's own proof. */
  prove(socket: Socket, end: SaslEnd): void {
    const { learner, patienceMs } = this.#options;
    if (learner === null) return end.ready();
    const cnonce = randomBytes(30).toString("base64");
    const client = new DigestMd5Client({ protocol, serverName, ...learner, digests: nodeDigests, cnonce });
    let isAnswered = false;
    const packets = new AuthPackets(socket, patienceMs, {
      packet: ({ status, token }) => {
        if (status === QuorumAuthStatus.ERROR) return packets.fail("it refuses our login");
        if (isAnswered)
          return status === QuorumAuthStatus.SUCCESS && client.isProved(token ?? nothing)
            ? packets.finish()
            : packets.fail("it does not know our password");
        const response = client.respond(token ?? nothing);
        if (response === null) return packets.fail("its challenge cannot be read");
        isAnswered = true;
        send(socket, QuorumAuthStatus.IN_PROGRESS, response);
      },
      other: () => packets.fail("it does not ask for a login"),
      ...end,
    });
    send(socket, QuorumAuthStatus.IN_PROGRESS, nothing);
  }

  /** The acceptor's side. Who does not begin with a login is let through unless one is required. */
  check(socket: Socket, end: SaslEnd): void {
    const { users, isRequired, patienceMs } = this.#options;
    const nonce = randomBytes(30).toString("base64");
    const server = new DigestMd5Server({
      protocol,
      serverName,
      passwords: users,
      digests: nodeDigests,
      nonce,
    });
    let isChallenged = false;
    const packets = new AuthPackets(socket, patienceMs, {
      packet: ({ token }) => {
        if (!isChallenged) {
          isChallenged = true;
          return send(socket, QuorumAuthStatus.IN_PROGRESS, server.challenge());
        }
        const result = server.respond(token ?? nothing);
        if (!result.ok) {
          send(socket, QuorumAuthStatus.ERROR, nothing);
          return packets.fail(`its login failed: ${result.reason}`);
        }
        send(socket, QuorumAuthStatus.SUCCESS, result.token);
        packets.finish();
      },
      other: () => {
        if (isRequired || isChallenged)
          packets.fail("it does not log in, which quorum.auth.serverRequireSasl asks for");
        else packets.finish();
      },
      ...end,
    });
  }
}

function send(socket: Socket, status: number, token: Uint8Array): void {
  socket.write(QuorumAuthPacket.encode({ magic: quorumAuthMagic, status, token }));
}
