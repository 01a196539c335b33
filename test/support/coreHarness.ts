import { AccessControl } from "../../src/core/auth/accessControl.ts";
import { type AuthSettings, defaultAuthSettings } from "../../src/core/auth/authSettings.ts";
import { AuthEnforcement } from "../../src/core/auth/enforcement.ts";
import { SaslNegotiation } from "../../src/core/auth/sasl/saslNegotiation.ts";
import type { PrepSettings } from "../../src/core/prep/prepContext.ts";
import type { ClientConnection, ConnectionOrigin } from "../../src/core/server/clientConnection.ts";
import type { Clock, Effects, Report } from "../../src/core/server/effects.ts";
import type { Place } from "../../src/core/server/place.ts";
import type { ServerOptions } from "../../src/core/server/serverOptions.ts";
import { ZooKeeperServer } from "../../src/core/server/zooKeeperServer.ts";
import { connectionThrottleDefaults } from "../../src/core/throttle/connectionThrottle.ts";
import { requestThrottleDefaults } from "../../src/core/throttle/requestThrottle.ts";
import { DataTree } from "../../src/core/tree/dataTree.ts";
import { SeededRandom } from "../simulation/random.ts";
import { nodeDigests } from "../unit/core/auth/nodeDigests.ts";
import { CoreClient } from "./coreClient.ts";
import type { ConnectFields } from "./coreFrames.ts";

/** What the core asked of the world, in order. `client` is the number of a `CoreClient`. */
export type Effect =
  | { readonly tag: "flush" | "pause" | "resume"; readonly client: number }
  | { readonly tag: "close"; readonly client: number; readonly reason: string }
  | { readonly tag: "append"; readonly zxid: bigint }
  | { readonly tag: "report"; readonly level: Report["level"]; readonly message: string };

/** Settings of a harness that differ from a plain server with tick 2000. */
export interface HarnessOptions extends Partial<
  Omit<ServerOptions, "prep" | "access" | "enforcement" | "sasl">
> {
  readonly prep?: Partial<PrepSettings>;
  readonly auth?: Partial<AuthSettings>;
  readonly emulate353TTLNodes?: boolean;
  /** Tree and last zxid to start from; an empty tree without it. */
  readonly state?: Partial<ConstructorParameters<typeof ZooKeeperServer>[1]>;
  readonly seed?: number;
  /** A server alone without it. */
  readonly place?: Place;
  /** One that others go by, too. */
  readonly clock?: Clock;
}

export const plainPrep: PrepSettings = {
  skipAcl: false,
  enforceQuota: false,
  extendedTypesEnabled: false,
  emulate353TTLNodes: false,
  reconfigEnabled: false,
  closeSessionTxnEnabled: true,
  txnBytesMax: 0xfffff,
  digestEnabled: true,
};

/** The parts of the options that decide about identities. */
export function authOptions(
  auth: Partial<AuthSettings> = {},
): Pick<ServerOptions, "access" | "enforcement" | "sasl"> {
  const settings = { ...defaultAuthSettings, ...auth };
  const access = new AccessControl(settings, nodeDigests);
  const enforcement = new AuthEnforcement(settings, (scheme) => access.hasScheme(scheme));
  const sasl = new SaslNegotiation({
    passwords: null,
    superUsers: [],
    allowFailedClients: false,
    required: false,
    digests: nodeDigests,
    nextNonce: () => "nonce",
  });
  return { access, enforcement, sasl };
}

/** Options of a plain server with tick 2000, changed by `options`. */
export function serverOptionsOf(options: HarnessOptions): ServerOptions {
  const {
    prep,
    auth,
    state: _state,
    seed: _seed,
    emulate353TTLNodes: _emulate,
    place: _place,
    clock: _clock,
    ...others
  } = options;
  return {
    sessionServerId: 1,
    localSessionsEnabled: false,
    localSessionsUpgradingEnabled: false,
    tickTimeMs: 2000,
    minSessionTimeoutMs: 4000,
    maxSessionTimeoutMs: 40_000,
    sessionlessCnxnTimeoutMs: 10_000,
    juteLengthMax: 2 * 0xfffff,
    maxClientCnxns: 60,
    maxCnxns: 0,
    globalOutstandingLimit: 1000,
    largeRequestThresholdBytes: -1,
    largeRequestMaxBytes: 100 * 1024 * 1024,
    requestThrottle: requestThrottleDefaults,
    connectionThrottle: connectionThrottleDefaults,
    connectionWeights: null,
    containerCheckIntervalMs: 60_000,
    containersPerMinuteMax: 10_000,
    containerMaxNeverUsedMs: 0,
    outboundBytesMax: 1 << 20,
    ...others,
    ...authOptions(auth),
    prep: { ...plainPrep, ...prep },
  };
}

/**
 * A whole core with a clock, a log and connections of paper. Nothing is on disk until `logged` says so, which
 * `settle` does for all; the constructor's `autoLog` does it after every input.
 */
export class CoreHarness implements Effects {
  readonly clock: Clock;
  readonly effects: Effect[] = [];
  /** What the log was given, oldest first: whole bodies, digest included. */
  readonly log: { readonly zxid: bigint; readonly body: Uint8Array }[] = [];
  readonly clients: CoreClient[] = [];
  readonly server: ZooKeeperServer;
  /** Zxids up to here were reported as on disk. */
  loggedZxid: bigint;
  autoLog = false;

  constructor(options: HarnessOptions = {}) {
    this.clock = options.clock ?? { monotonicMs: 1_000_000, wallMs: 1_700_000_000_000 };
    const serverOptions = serverOptionsOf(options);
    const tree = options.state?.tree ?? new DataTree(serverOptions.prep);
    const lastZxid = options.state?.lastZxid ?? 0n;
    this.loggedZxid = lastZxid;
    const random = new SeededRandom(options.seed ?? 1);
    const state = { tree, timeouts: options.state?.timeouts ?? new Map<bigint, number>(), lastZxid };
    const next = (): number => random.next();
    this.server = new ZooKeeperServer(serverOptions, state, this, this.clock, next, options.place);
  }

  // ---- effects ----

  flush(connection: ClientConnection): void {
    this.effects.push({ tag: "flush", client: this.#of(connection).number });
  }

  close(connection: ClientConnection, reason: string): void {
    const client = this.#of(connection);
    this.effects.push({ tag: "close", client: client.number, reason });
    client.closeReason = reason;
  }

  pause(connection: ClientConnection): void {
    this.effects.push({ tag: "pause", client: this.#of(connection).number });
  }

  resume(connection: ClientConnection): void {
    const client = this.#of(connection);
    this.effects.push({ tag: "resume", client: client.number });
    client.blocked = false;
  }

  append(zxid: bigint, body: Uint8Array): void {
    this.effects.push({ tag: "append", zxid });
    this.log.push({ zxid, body: new Uint8Array(body) });
  }

  report({ level, message }: Report): void {
    this.effects.push({ tag: "report", level, message });
  }

  #of(connection: ClientConnection): CoreClient {
    if (connection.transport instanceof CoreClient) return connection.transport;
    throw new Error("an effect for a connection that the harness does not know");
  }

  // ---- inputs ----

  /** A connection that was let in; throws if it was one too many. */
  accept(origin: Partial<ConnectionOrigin> = {}): CoreClient {
    const client = this.tryAccept(origin);
    if (client === null) throw new Error("the connection was refused");
    return client;
  }

  tryAccept(origin: Partial<ConnectionOrigin> = {}): CoreClient | null {
    const full = { remoteAddress: "127.0.0.1", remotePort: 40_000, secure: false, authIds: [], ...origin };
    const connection = this.server.accept(full);
    if (connection === null) return null;
    const client = new CoreClient(this, connection, this.clients.length);
    connection.transport = client;
    this.clients.push(client);
    return client;
  }

  /** A client with a new session whose createSession is on disk. */
  session(request: ConnectFields = {}, origin: Partial<ConnectionOrigin> = {}): CoreClient {
    const client = this.accept(origin);
    client.connect(request);
    this.settle();
    client.connected();
    return client;
  }

  get lastAppendedZxid(): bigint {
    return this.log.at(-1)?.zxid ?? this.loggedZxid;
  }

  /** The disk has everything up to `zxid`. */
  logged(zxid: bigint): void {
    if (zxid <= this.loggedZxid) return;
    this.loggedZxid = zxid;
    this.server.logged(zxid);
    this.pump();
  }

  /** The disk has everything; also what the core wrote because of that. */
  settle(): void {
    this.pump();
    while (this.loggedZxid < this.lastAppendedZxid) this.logged(this.lastAppendedZxid);
  }

  advance(ms: number): void {
    this.clock.monotonicMs += ms;
    this.clock.wallMs += ms;
    this.server.tick();
    this.pump();
    if (this.autoLog) this.settle();
  }

  /** Hands over what clients have sent and the core takes, and collects what the core wrote. */
  pump(): void {
    for (let moved = true; moved;) {
      moved = false;
      for (const client of this.clients) moved = client.deliver() || moved;
    }
    for (const client of this.clients) client.collect();
  }

  /** Effects since the last call. */
  takeEffects(): Effect[] {
    return this.effects.splice(0);
  }
}
