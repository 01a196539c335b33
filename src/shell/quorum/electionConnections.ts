import { createServer, type Server, type Socket } from "node:net";
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
import { isReachable } from "./reachability.ts";
import { discard, type PeerTransport } from "./peerTransport.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ElectionConnectionsOptions {
  readonly sid: bigint;
  /** Own election addresses, as the others are told them; the port of the first one is bound. */
  readonly addresses: readonly Address[];
  readonly transport: PeerTransport;
  /** Whether all own addresses are told (multiAddress.enabled), or the first alone. */
  readonly tellsAll?: boolean;
  /** Whether a kept connection is given up when its other end cannot be reached any more: there may be another way. */
  readonly checksReach?: boolean;
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
  /** How long the initial message may take to come, in ms (quorumCnxnTimeoutMs, or tickTime times syncLimit). */
  readonly initialMsMax: number;
  /** How often it is tried to bind a port, a second apart; 0: for ever; once by default (electionPortBindRetry). */
  readonly bindTriesMax?: number;
}

export interface ElectionConnectionsHost {
  heard(sid: bigint, notification: Notification): void;
  /** For the log. */
  report(level: "debug" | "info" | "warn" | "error", message: string): void;
}

/** Above any ensemble's size; what comes beyond it is closed at once. */
const connectionsMax = 1000;
const strangersMax = 64;
const bindAgainMs = 1000;
/** As Apache's SendWorker gives a machine to answer. */
const reachMsMax = 500;

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
  /** Kept connections whose other end is being asked for. */
  readonly #checking = new Set<ElectionSocket>();
  /** Every socket that is no kept connection yet, or never will be. */
  readonly #loose = new Set<Socket>();
  readonly #dials = new Set<() => void>();
  #addresses: readonly Address[];
  /** Where strangers have called from, for one dial each. */
  readonly #strangers = new Map<bigint, Address>();
  #servers: Server[] = [];
  #isClosed = false;
  /** Ends the wait before a port is tried again. */
  #wake: () => void = () => undefined;

  constructor(options: ElectionConnectionsOptions, host: ElectionConnectionsHost) {
    this.#options = options;
    this.#addresses = options.addresses;
    this.#host = host;
  }

  /** Binds the own addresses, one of which is enough; answers the first port. Rejects with the error of the last try. */
  async listen(): Promise<number> {
    const binds = this.#boundAddresses(this.#addresses).map((address) => this.#bindPatiently(address));
    const ports: number[] = [];
    const errors: unknown[] = [];
    for (const bound of await Promise.allSettled(binds))
      if (bound.status === "fulfilled") ports.push(bound.value);
      else errors.push(bound.reason);
    if (ports.length === 0) throw errors[0];
    for (const error of errors) this.#host.report("warn", `election port: ${String(error)}`);
    return ports[0];
  }

  /** A server that goes may hold its port a little longer than the one that follows it has to wait. */
  async #bindPatiently(address: Address): Promise<number> {
    const { bindTriesMax = 1 } = this.#options;
    for (let tried = 1; ; tried++) {
      try {
        return await this.#bind(address);
      } catch (error) {
        if (tried === bindTriesMax || this.#isClosed) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        this.#host.report("warn", `cannot listen on the election port ${address.port} yet: ${reason}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, bindAgainMs);
          this.#wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  }

  /** Everywhere at once, it is one port for each number. */
  #boundAddresses(addresses: readonly Address[]): readonly Address[] {
    if (this.#options.listensEverywhere !== true) return addresses;
    return addresses.filter(({ port }, i) => addresses.findIndex((other) => other.port === port) === i);
  }

  /**
   * Another configuration is in force: every connection is made anew, and the port, if it is another one. Newer messages
   * dial.
   */
  restart(addresses: readonly Address[]): void {
    const textOf = (all: readonly Address[]): string => all.map(({ host, port }) => `${host} ${port}`).join();
    const isSame = textOf(this.#addresses) === textOf(addresses);
    this.#addresses = addresses;
    for (const connection of this.#kept.values()) connection.close();
    this.#kept.clear();
    if (isSame) return;
    for (const server of this.#servers.splice(0)) server.close();
    this.listen().catch((error: unknown) =>
      this.#host.report("error", `cannot listen on the new election port: ${String(error)}`),
    );
  }

  async #bind({ host: ownHost, port }: Address): Promise<number> {
    const server = createServer({ noDelay: true }, (socket) => this.#onAccepted(socket));
    server.maxConnections = connectionsMax;
    const bindHost = this.#options.listensEverywhere === true ? null : ownHost;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, ...(bindHost === null ? {} : { host: bindHost }) }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    this.#servers.push(server);
    server.on("error", (error) => this.#host.report("warn", `election port: ${error.message}`));
    const bound = server.address();
    return typeof bound === "object" && bound !== null ? bound.port : port;
  }

  /** Newer messages to the same server replace those that wait. */
  send(sid: bigint, notification: Notification): void {
    if (this.#isClosed) return;
    this.#slots.put(sid, notification);
    const kept = this.#kept.get(sid);
    if (kept === undefined) return this.#dial(sid);
    this.#flush(sid);
    if (this.#options.checksReach === true) this.#checkReach(kept);
  }

  /** A network may have gone without a word, and the connection stands as if nothing were. */
  #checkReach(kept: ElectionSocket): void {
    const { sid, remoteAddress } = kept;
    const addresses = this.#options.addressesOf(sid) ?? [];
    const address = addresses.find(({ host }) => host === remoteAddress) ?? addresses.at(0);
    if (address === undefined || remoteAddress === null || this.#checking.has(kept)) return;
    this.#checking.add(kept);
    void isReachable(remoteAddress, address.port, reachMsMax).then((isThere) => {
      this.#checking.delete(kept);
      if (isThere || this.#kept.get(sid) !== kept) return;
      this.#kept.delete(sid);
      kept.close();
      this.#host.report("warn", `server ${sid} cannot be reached at ${remoteAddress} any more`);
      this.#dial(sid);
    });
  }

  /** Cuts every connection and gives the port back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    for (const connection of this.#kept.values()) connection.close();
    this.#kept.clear();
    for (const cancel of this.#dials) cancel();
    for (const socket of this.#loose) socket.destroy();
    this.#loose.clear();
    const closing = this.#servers.splice(0);
    await Promise.all(closing.map((server) => new Promise((resolve) => server.close(resolve))));
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
    // All at once: the first that answers is taken. The next message begins anew, names resolved again.
    const dials = new Set<() => void>();
    const giveUp = (cancel: () => void): void => {
      dials.delete(cancel);
      this.#dials.delete(cancel);
    };
    for (const address of addresses) {
      const cancel = this.#options.transport.dial(address, this.#options.connectMsMax, {
        ready: (socket) => {
          giveUp(cancel);
          for (const other of Array.from(dials)) {
            giveUp(other);
            other();
          }
          this.#loose.add(socket);
          this.#onDialled(sid, socket);
        },
        failed: (reason, level) => {
          giveUp(cancel);
          const { host, port } = address;
          this.#host.report(level, `cannot reach server ${sid} at ${host}:${port}: ${reason}`);
          if (dials.size === 0) this.#dialling.delete(sid);
        },
      });
      dials.add(cancel);
      this.#dials.add(cancel);
    }
  }

  #onDialled(sid: bigint, socket: Socket): void {
    // In one piece: Apache reads the addresses with a single read.
    socket.write(Buffer.from(InitialMessage.encode(this.#initial())));
    this.#options.transport.prove(socket, {
      ready: () => {
        this.#dialling.delete(sid);
        this.#onProved(sid, socket);
      },
      failed: (reason) => {
        this.#dialling.delete(sid);
        this.#drop(socket);
        this.#host.report("warn", `server ${sid} does not let us in: ${reason}`);
      },
    });
  }

  #onProved(sid: bigint, socket: Socket): void {
    if (this.#isClosed) return this.#drop(socket);
    if (keepsDialled(this.#options.sid, sid)) return this.#keep(sid, socket);
    // The other one dials back, now that it knows of us.
    socket.setTimeout(this.#options.initialMsMax, () => this.#drop(socket));
    socket.on("error", () => this.#drop(socket));
    socket.on("close", () => this.#drop(socket));
    socket.end();
  }

  #initial(): Initial {
    const { sid } = this.#options;
    const texts = this.#addresses.map(
      ({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`,
    );
    const isMany = this.#options.tellsAll === true;
    const protocolVersion = isMany ? ElectionProtocol.V2 : ElectionProtocol.V1;
    return { protocolVersion, sid, addresses: isMany ? texts : texts.slice(0, 1) };
  }

  #onAccepted(raw: Socket): void {
    this.#loose.add(raw);
    this.#options.transport.accept(raw, {
      ready: (socket) => {
        this.#loose.delete(raw);
        this.#onReady(socket);
      },
      failed: (reason, level) => {
        if (!this.#isClosed)
          this.#host.report(level, `election connection from ${raw.remoteAddress ?? "nowhere"}: ${reason}`);
        this.#drop(raw);
      },
    });
  }

  #onReady(socket: Socket): void {
    const reader = new InitialReader();
    this.#loose.add(socket);
    const refuse = (reason: string): void => {
      if (this.#isClosed) return this.#drop(socket);
      this.#host.report("warn", `election connection from ${socket.remoteAddress ?? "nowhere"}: ${reason}`);
      this.#drop(socket);
    };
    const onSilence = (): void => refuse("no initial message came in time");
    const onGone = (): void => this.#drop(socket);
    const onData = (chunk: Uint8Array): void => {
      try {
        const read = reader.push(chunk);
        if (read === null) return;
        socket.off("error", onGone).off("close", onGone).off("data", onData);
        socket.setTimeout(0, onSilence);
        socket.pause();
        if (read.rest.length > 0) socket.unshift(read.rest);
        this.#options.transport.check(socket, {
          ready: () => this.#admit(socket, read.message, refuse),
          failed: refuse,
        });
      } catch (error) {
        if (!(error instanceof JuteError)) throw error;
        socket.off("data", onData);
        refuse(error.message);
      }
    };
    socket.setTimeout(this.#options.initialMsMax, onSilence);
    socket.on("error", onGone).on("close", onGone).on("data", onData);
  }

  #admit(socket: Socket, message: Initial, refuse: (reason: string) => void): void {
    const isKnown = (sid: bigint): boolean => this.#options.addressesOf(sid) !== null;
    const admission = admit(this.#options.sid, message, isKnown);
    switch (admission.kind) {
      case "keep":
        this.#keep(admission.sid, socket);
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

  #keep(sid: bigint, socket: Socket): void {
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
    discard(socket);
  }
}
