import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { QuorumAuthPacket, quorumAuthMagic, QuorumAuthStatus } from "../../../protocol/records/quorum.ts";
import { DigestMd5Client } from "../../core/auth/sasl/digestMd5Client.ts";
import { DigestMd5Server } from "../../core/auth/sasl/digestMd5Server.ts";
import { nodeDigests } from "../nodeDigests.ts";
import { AuthPackets } from "./authPackets.ts";
import type { TransportEnd } from "./peerTransport.ts";

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
  /** Of logins that fail where none is required. */
  warn(message: string): void;
}

/** What an exchange leads to; one of the two, once. Bytes that came behind it are on the socket again. */
interface SaslEnd extends Omit<TransportEnd, "ready"> {
  ready(): void;
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
        if (status === QuorumAuthStatus.ERROR)
          return packets.fail(`it refuses the login of ${JSON.stringify(learner.user)}`);
        if (isAnswered)
          return status === QuorumAuthStatus.SUCCESS && client.isProved(token ?? nothing)
            ? packets.finish()
            : packets.fail("it does not know our password");
        const response = client.respond(token ?? nothing);
        if (response === null) return packets.fail("its challenge cannot be read");
        isAnswered = true;
        send(socket, QuorumAuthStatus.IN_PROGRESS, response);
      },
      other: (reason) =>
        packets.fail(
          reason === "it does not log in"
            ? "its answer is no challenge; is quorum.auth.enableSasl on?"
            : reason,
        ),
      ready: () => end.ready(),
      failed: (reason) => end.failed(`SASL: ${reason}`, "warn"),
    });
    send(socket, QuorumAuthStatus.IN_PROGRESS, nothing);
  }

  /**
   * The acceptor's side. Unless a login is required, who does not begin with one is let through, and so is who fails, as
   * in Apache (SaslQuorumAuthServer): a rolling start of SASL goes through both.
   */
  check(socket: Socket, end: SaslEnd): void {
    const { users, isRequired, patienceMs, warn } = this.#options;
    const server = new DigestMd5Server({
      protocol,
      serverName,
      passwords: users,
      digests: nodeDigests,
      nonce: randomBytes(30).toString("base64"),
      // Nobody acts for another (SaslQuorumServerCallbackHandler).
      authorize: (user, requested) => (user === requested ? user : null),
    });
    let isChallenged = false;
    const refuse = (reason: string): void => {
      send(socket, QuorumAuthStatus.ERROR, nothing);
      if (isRequired) return packets.fail(reason);
      warn(
        `${socket.remoteAddress}: ${reason}; it is let through, since quorum.auth.serverRequireSasl is off`,
      );
      packets.finish();
    };
    const packets = new AuthPackets(socket, patienceMs, {
      packet: ({ token }) => {
        if (!isChallenged) {
          isChallenged = true;
          // As the JDK: the first word is the server's.
          if (token !== null && token.length > 0) return refuse("its first token is not empty");
          return send(socket, QuorumAuthStatus.IN_PROGRESS, server.challenge());
        }
        const result = server.respond(token ?? nothing);
        if (!result.ok) return refuse(`its login failed: ${result.reason}`);
        send(socket, QuorumAuthStatus.SUCCESS, result.token);
        packets.finish();
      },
      other: (reason) => {
        if (isRequired) packets.fail(`${reason}, which quorum.auth.serverRequireSasl asks for`);
        else if (isChallenged) packets.fail(reason);
        else packets.finish();
      },
      ready: () => end.ready(),
      failed: (reason) => end.failed(`SASL: ${reason}`, "warn"),
    });
  }
}

function send(socket: Socket, status: number, token: Uint8Array): void {
  socket.write(QuorumAuthPacket.encode({ magic: quorumAuthMagic, status, token }));
}
