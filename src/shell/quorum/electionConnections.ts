import { connect, createServer, type Server, type Socket } from "node:net";
import {
  ElectionProtocol,
  InitialMessage,
  type InitialMessage as Initial,
  type Notification,
} from "../../../protocol/records/election.ts";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import { admit, keepsDialled } from "../../core/election/connectionRules.ts";
import { SendSlots } from "../../core/election/sendSlots.ts";
import { ElectionSocket, type ElectionSocketHost } from "./electionSocket.ts";
import { InitialReader } from "./initialReader.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ElectionConnectionsOptions {
  readonly sid: bigint;
  /** Own election addresses, as the others are told them; the port of the first one is bound. */
  readonly addresses: readonly Address[];
  /** Whether it is bound on every address of the machine (quorumListenOnAllIPs), or on that host alone. */
  readonly listensEverywhere?: boolean;
  /** Those of another server; null: it is in no configuration. Asked before each dial. */
  addressesOf(sid: bigint): readonly Address[] | null;
  /**
   * Whether a server that no configuration names is dialled back, where it says it listens, if that is the machine that
   * the call came from: one that is to join learns the configuration that way (reconfigEnabled).
   */
  readonly callsStrangersBack?: boolean;
  /** How long a dial may take, in ms (zookeeper.cnxTimeout). */
  readonly connectMsMax: number;
  /** How long the initial message may take to come, in ms (tickTime times syncLimit). */
  readonly initialMsMax: number;
}

export interface ElectionConnectionsHost {
  heard(sid: bigint, notification: Notification): void;
  /** For the log. */
  report(level: "debug" | "info" | "warn" | "error", message: string): void;
}

/** Above any ensemble's size; what comes beyond it is closed at once. */
const connectionsMax = 1000;
const strangersMax = 64;

/**
 * The election port: one connection for each pair of servers, dialled by the one with the larger id, which carries
 * votes both ways. A server dials whenever it has something to say and no connection (QuorumCnxManager).
 */
export class ElectionConnections {
  readonly #options: ElectionConnectionsOptions;
  readonly #host: ElectionConnectionsHost;
  readonly #slots = new SendSlots<Notification>();
  readonly #kept = new Map<bigint, ElectionSocket>();
  readonly #dialling = new Set<bigint>();
  /** Every socket that is no kept connection yet, or never will be. */
  readonly #loose = new Set<Socket>();
  #addresses: readonly Address[];
  /** Where strangers have called from, for one dial each. */
  readonly #strangers = new Map<bigint, Address>();
  #server: Server | null = null;
  #isClosed = false;

  constructor(options: ElectionConnectionsOptions, host: ElectionConnectionsHost) {
    this.#options = options;
    this.#addresses = options.addresses;
    this.#host = host;
  }

  /** Binds the first own address; answers the port. Rejects with the error of the bind. */
  listen(): Promise<number> {
    return this.#bind(this.#addresses[0]);
  }

  /**
   * Another configuration is in force: every connection is made anew, and the port, if it is another one. Newer messages
   * dial.
   */
  restart(addresses: readonly Address[]): void {
    const [before, [after]] = [this.#addresses[0], addresses];
    this.#addresses = addresses;
    for (const connection of this.#kept.values()) connection.close();
    this.#kept.clear();
    if (before.host === after.host && before.port === after.port) return;
    this.#server?.close();
    this.#bind(after).catch((error: unknown) =>
      this.#host.report("error", `cannot listen on the new election port ${after.port}: ${String(error)}`),
    );
  }

  async #bind({ host: ownHost, port }: Address): Promise<number> {
    const server = createServer({ noDelay: true }, (socket) => this.#onAccepted(socket));
    server.maxConnections = connectionsMax;
    this.#server = server;
    const bindHost = this.#options.listensEverywhere === true ? null : ownHost;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, ...(bindHost === null ? {} : { host: bindHost }) }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    server.on("error", (error) => this.#host.report("warn", `election port: ${error.message}`));
    const bound = server.address();
    return typeof bound === "object" && bound !== null ? bound.port : port;
  }

  /** Newer messages to the same server replace those that wait. */
  send(sid: bigint, notification: Notification): void {
    if (this.#isClosed) return;
    this.#slots.put(sid, notification);
    if (this.#kept.has(sid)) this.#flush(sid);
    else this.#dial(sid);
  }

  /** Cuts every connection and gives the port back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#kept.values()) connection.close();
    this.#kept.clear();
    for (const socket of this.#loose) socket.destroy();
    this.#loose.clear();
    const server = this.#server;
    this.#server = null;
    if (server !== null) await new Promise((resolve) => server.close(resolve));
  }

  #flush(sid: bigint): void {
    const connection = this.#kept.get(sid);
    if (connection === undefined || connection.isFull) return;
    const notification = this.#slots.take(sid);
    if (notification !== null) connection.send(notification);
  }

  #dial(sid: bigint): void {
    if (this.#dialling.has(sid) || this.#isClosed) return;
    const addresses = this.#options.addressesOf(sid) ?? this.#strangerAt(sid);
    if (addresses === null) return this.#host.report("debug", `server ${sid} has no address`);
    this.#dialling.add(sid);
    this.#dialNext(sid, addresses, 0);
  }

  /** One address after the other; the next message begins anew, names resolved again. */
  #dialNext(sid: bigint, addresses: readonly Address[], at: number): void {
    if (at === addresses.length || this.#isClosed) {
      this.#dialling.delete(sid);
      return;
    }
    const { host, port } = addresses[at];
    const socket = connect({ host, port, noDelay: true });
    this.#loose.add(socket);
    const fail = (reason: string): void => {
      this.#drop(socket);
      this.#host.report("info", `cannot reach server ${sid} at ${host}:${port}: ${reason}`);
      this.#dialNext(sid, addresses, at + 1);
    };
    socket.setTimeout(this.#options.connectMsMax, () => fail("timeout"));
    socket.once("error", (error) => fail(error.message));
    socket.once("connect", () => {
      socket.removeAllListeners();
      this.#dialling.delete(sid);
      this.#onDialled(sid, socket);
    });
  }

  #onDialled(sid: bigint, socket: Socket): void {
    // In one piece: Apache reads the addresses with a single read.
    const initial = Buffer.from(InitialMessage.encode(this.#initial()));
    if (keepsDialled(this.#options.sid, sid)) {
      socket.write(initial);
      this.#keep(sid, socket, new Uint8Array(0));
      return;
    }
    // The other one dials back, now that it knows of us.
    socket.setTimeout(this.#options.initialMsMax, () => this.#drop(socket));
    socket.on("error", () => this.#drop(socket));
    socket.on("close", () => this.#drop(socket));
    socket.end(initial);
  }

  #initial(): Initial {
    const { sid } = this.#options;
    const texts = this.#addresses.map(
      ({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`,
    );
    const protocolVersion = texts.length > 1 ? ElectionProtocol.V2 : ElectionProtocol.V1;
    return { protocolVersion, sid, addresses: texts };
  }

  #onAccepted(socket: Socket): void {
    const reader = new InitialReader();
    this.#loose.add(socket);
    const refuse = (reason: string): void => {
      this.#host.report("warn", `election connection from ${socket.remoteAddress ?? "nowhere"}: ${reason}`);
      this.#drop(socket);
    };
    socket.setTimeout(this.#options.initialMsMax, () => refuse("no initial message came in time"));
    socket.on("error", () => this.#drop(socket));
    socket.on("close", () => this.#drop(socket));
    socket.on("data", (chunk: Uint8Array) => {
      try {
        const read = reader.push(chunk);
        if (read === null) return;
        socket.removeAllListeners();
        this.#admit(socket, read.message, read.rest, refuse);
      } catch (error) {
        if (!(error instanceof JuteError)) throw error;
        refuse(error.message);
      }
    });
  }

  #admit(socket: Socket, message: Initial, rest: Uint8Array, refuse: (reason: string) => void): void {
    const isKnown = (sid: bigint): boolean => this.#options.addressesOf(sid) !== null;
    const admission = admit(this.#options.sid, message, isKnown);
    switch (admission.kind) {
      case "keep":
        this.#keep(admission.sid, socket, rest);
        return;
      case "dialBack":
        this.#drop(socket);
        this.#kept.get(admission.sid)?.close();
        this.#kept.delete(admission.sid);
        this.#dial(admission.sid);
        return;
      case "silent":
        socket.setTimeout(0);
        socket.on("error", () => this.#drop(socket));
        socket.on("close", () => this.#drop(socket));
        socket.resume();
        return;
      case "refuse":
        if (this.#options.callsStrangersBack === true && this.#callBack(socket, message)) return;
        refuse(admission.reason);
    }
  }

  /** At the machine that it calls from, whatever host it names: nobody is dialled on another's word. */
  #callBack(socket: Socket, { sid, addresses }: Initial): boolean {
    const port = Number(/:(\d{1,5})$/.exec(addresses?.at(0) ?? "")?.[1] ?? 0);
    const { remoteAddress } = socket;
    if (sid < 0n || port < 1 || port > 65535 || remoteAddress === undefined) return false;
    if (this.#strangers.size >= strangersMax) this.#strangers.clear();
    this.#strangers.set(sid, { host: remoteAddress, port });
    this.#drop(socket);
    this.#dial(sid);
    return true;
  }

  #strangerAt(sid: bigint): Address[] | null {
    const address = this.#strangers.get(sid);
    return address === undefined ? null : [address];
  }

  #keep(sid: bigint, socket: Socket, early: Uint8Array): void {
    this.#loose.delete(socket);
    this.#kept.get(sid)?.close();
    const host: ElectionSocketHost = {
      heard: (from, notification) => this.#host.heard(from, notification),
      lost: (lost, reason) => this.#onLost(lost, reason),
      unreadable: (from, reason) => this.#host.report("warn", `notification of server ${from}: ${reason}`),
      drained: (to) => this.#flush(to),
    };
    this.#slots.connected(sid);
    const connection = new ElectionSocket(sid, socket, host);
    this.#kept.set(sid, connection);
    this.#flush(sid);
    connection.begin(early);
  }

  #onLost(connection: ElectionSocket, reason: string): void {
    if (this.#kept.get(connection.sid) !== connection) return;
    this.#kept.delete(connection.sid);
    // Anybody may call with any id: what is kept for strangers goes with their connection.
    if (this.#options.addressesOf(connection.sid) === null) this.#slots.forget(connection.sid);
    this.#host.report("info", `election connection to server ${connection.sid} is gone: ${reason}`);
  }

  #drop(socket: Socket): void {
    this.#loose.delete(socket);
    socket.removeAllListeners();
    // An error that comes late must not end the process.
    socket.on("error", () => {});
    socket.destroy();
  }
}
