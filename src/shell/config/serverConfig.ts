import type { QuorumConfig } from "../../core/quorum/quorumConfig.ts";
import type { TlsSettings } from "../tls/tlsSettings.ts";

/** The configuration of one server: values in effect, units in the names, nothing left to parse. */
export interface ServerConfig {
  readonly source: ConfigSource;
  readonly network: NetworkConfig;
  readonly sessions: SessionsConfig;
  readonly limits: LimitsConfig;
  readonly throttle: ThrottleConfig;
  readonly disk: DiskConfig;
  readonly tree: TreeConfig;
  readonly auth: AuthConfig;
  readonly sasl: SaslConfig;
  readonly tls: ClientTlsConfig;
  readonly fourLetterWords: FourLetterWordsConfig;
  readonly containers: ContainersConfig;
  readonly jvmPause: JvmPauseConfig;
  readonly misc: MiscConfig;
  /** Null for a server alone. */
  readonly ensemble: EnsembleConfig | null;
}

/** A member among several servers. */
export interface EnsembleConfig {
  readonly sid: bigint;
  readonly config: QuorumConfig;
  /** The newest configuration that was proposed, of the file `.dynamic.next`; null without one. */
  readonly lastSeenConfig: QuorumConfig | null;
  readonly reconfigEnabled: boolean;
  /** Voters that a configuration must have: 2, or 1 with standaloneEnabled=false. */
  readonly votersMin: number;
  /** zoo.cfg, beside which configurations are kept; null without one. */
  readonly configFile: string | null;
  /** The members stand in zoo.cfg itself, not in a dynamic file. */
  readonly isStatic: boolean;
  /** False: an observer. */
  readonly isParticipant: boolean;
  /** In ticks. */
  readonly initLimit: number;
  readonly syncLimit: number;
  /** How long a dial on the election port may take. */
  readonly cnxTimeoutMs: number;
  /** How long the first words on a connection of the election may take to come. */
  readonly openingMsMax: number;
  /** How often it is tried to bind the election port, a second apart; 0: for ever. */
  readonly electionPortBindRetry: number;
  readonly tcpKeepAlive: boolean;
  /** The election and quorum ports listen on every address, not on the configured one alone. */
  readonly listenOnAllIps: boolean;
  readonly forceSnapshotSync: boolean;
  readonly notificationIntervalMsMin: number;
  readonly notificationIntervalMsMax: number;
  readonly observerDelayMs: number;
  /** Longest wait of an observer before it dials, ms. */
  readonly observerReconnectDelayMs: number;
  /** Where followers take observers, and observers look for them; null: observers learn from the leader. */
  readonly observerMasterPort: number | null;
  /** multiAddress.enabled: servers tell each other all their addresses. */
  readonly hasManyAddresses: boolean;
  /** With that: connections of the election are given up whose other end cannot be reached any more. */
  readonly checksReach: boolean;
  /** Between the servers; null: none. */
  readonly tls: QuorumTlsConfig | null;
  readonly sasl: QuorumSaslConfig | null;
  readonly readOnlyModeEnabled: boolean;
  /** A file whose first character 1 lets this server decide alone where the other one of two is gone; null: none. */
  readonly oraclePath: string | null;
  /** Whether a leader takes clients. */
  readonly leaderServes: boolean;
}

/** TLS on the election and quorum ports. */
export interface QuorumTlsConfig {
  /** This server dials with TLS (sslQuorum). */
  readonly dials: boolean;
  /** Those that dial without are taken, too (portUnification). */
  readonly takesPlain: boolean;
  /** Stores are read again when their files change (sslQuorumReloadCertFiles). */
  readonly reload: boolean;
  readonly settings: TlsSettings;
}

/** Logins on the election and quorum ports (quorum.auth.*). */
export interface QuorumSaslConfig {
  /** Whom this server logs in as; null: it does not. Secret. */
  readonly learner: { readonly user: string; readonly password: string } | null;
  /** Passwords by user of those that dial. Secret. */
  readonly users: ReadonlyMap<string, string>;
  /** Those that do not log in are turned away. */
  readonly isRequired: boolean;
}

/** Where the configuration came from. */
export interface ConfigSource {
  /** Path of zoo.cfg, null without one. */
  readonly file: string | null;
  /** Text of zoo.cfg, for the admin command initial_configuration; null without a file. */
  readonly initialConfig: string | null;
  /** Names and values in effect in the order of their groups, secrets as they are. */
  readonly effective: ReadonlyMap<string, { readonly value: string; readonly origin: string }>;
}

/** `host` null is the wildcard address of both families; `port` 0 is any free one. */
export interface ListenAddress {
  readonly host: string | null;
  readonly port: number;
}

/** Listening and sockets. At least one of the two client addresses is there. */
export interface NetworkConfig {
  readonly clientAddress: ListenAddress | null;
  readonly secureClientAddress: ListenAddress | null;
  /** -1: the system's. */
  readonly clientPortListenBacklog: number;
  readonly clientTcpKeepAlive: boolean;
  /** How long a connection may take to come with its session. */
  readonly sessionlessCnxnTimeoutMs: number;
  /** TLS and plain clients both on clientPort (`client.portUnification`). */
  readonly portUnification: boolean;
  /** TLS handshakes at a time; -1: no limit. */
  readonly outstandingHandshakeLimit: number;
  readonly earlyDropSecureConnectionHandshakes: boolean;
}

/** Time and sessions. */
export interface SessionsConfig {
  readonly tickTimeMs: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly localSessionsEnabled: boolean;
  readonly localSessionsUpgradingEnabled: boolean;
  readonly closeSessionTxnEnabled: boolean;
}

/** Hard limits. */
export interface LimitsConfig {
  /** Connections of one client address; 0: no limit. */
  readonly maxClientCnxns: number;
  /** All connections; 0: no limit. */
  readonly maxCnxns: number;
  readonly globalOutstandingLimit: number;
  /** Longest frame of a client and record of a log. */
  readonly juteMaxBufferBytes: number;
  /** What a record of a log or snapshot may be longer than that. */
  readonly juteMaxBufferExtraBytes: number;
  readonly largeRequestMaxBytes: number;
  /** Requests longer than this count as large; -1: none does. */
  readonly largeRequestThresholdBytes: number;
}

/** Both throttles and the delay that answers THROTTLEDOP. */
export interface ThrottleConfig {
  readonly requests: RequestThrottleConfig;
  readonly connections: ConnectionThrottleConfig;
  /** 0: off. */
  readonly throttledOpWaitTimeMs: number;
}

/** RequestThrottler. */
export interface RequestThrottleConfig {
  /** Requests in the pipeline; 0: no limit. */
  readonly maxRequests: number;
  readonly stallTimeMs: number;
  readonly dropStale: boolean;
  readonly staleLatencyCheck: boolean;
  readonly staleConnectionCheck: boolean;
  readonly shutdownTimeoutMs: number;
}

/** BlueThrottle, with tokens and fillCount already multiplied by the weight of a global session if weights are on. */
export interface ConnectionThrottleConfig {
  /** 0: off. */
  readonly tokens: number;
  readonly fillTimeMs: number;
  readonly fillCount: number;
  /** -1: the probabilistic part is off. */
  readonly freezeTimeMs: number;
  readonly dropIncrease: number;
  readonly dropDecrease: number;
  readonly decreaseRatio: number;
  readonly weightEnabled: boolean;
  readonly globalSessionWeight: number;
  readonly renewSessionWeight: number;
  readonly localSessionWeight: number;
}

/** Data folders and when what is written. */
export interface DiskConfig {
  /** Nothing is written and nothing read: all is gone at the end (`--memory`). Then the folders mean nothing. */
  readonly memoryOnly: boolean;
  /** As written: relative paths stay relative. */
  readonly dataDir: string;
  readonly dataLogDir: string;
  readonly datadirAutocreate: boolean;
  readonly dbAutocreate: boolean;
  /** At least 2. */
  readonly snapCount: number;
  /** 0 or less: off. */
  readonly snapSizeLimitBytes: number;
  /** -1: off. */
  readonly txnLogSizeLimitBytes: number;
  readonly preAllocSizeBytes: number;
  readonly forceSync: boolean;
  readonly fsyncWarningThresholdMs: number;
  readonly flushDelayMs: number;
  readonly maxBatchSize: number;
  readonly maxWriteQueuePollTimeMs: number;
  readonly commitLogCount: number;
  readonly snapshotSizeFactor: number;
  readonly snapshotCompression: SnapshotCompression;
  readonly snapshotTrustEmpty: boolean;
  readonly serializeLastProcessedZxid: boolean;
  /** At least 3. */
  readonly autopurgeSnapRetainCount: number;
  /** 0 or less: off. */
  readonly autopurgePurgeIntervalHours: number;
}

export type SnapshotCompression = "none" | "gz" | "snappy";

/** What the tree allows and keeps. */
export interface TreeConfig {
  readonly digestEnabled: boolean;
  readonly enforceQuota: boolean;
  readonly extendedTypesEnabled: boolean;
  readonly emulate353TTLNodes: boolean;
}

/** Schemes whose providers exist here. */
export type AuthProviderScheme = "ip" | "digest" | "x509" | "sasl" | "ensemble" | "key";

/** ACLs and authentication other than SASL and TLS. */
export interface AuthConfig {
  readonly skipAcl: boolean;
  readonly enableEagerAclCheck: boolean;
  /** In Apache's order: ip, digest unless disabled, then those of `authProvider.*`, x509 with a secure port. */
  readonly schemes: ReadonlySet<AuthProviderScheme>;
  /** Java's name, as SHA1 or SHA-256. */
  readonly digestAlg: string;
  /** `super:<hash>`. Secret. */
  readonly superDigest: string | undefined;
  readonly x509SuperUser: string | undefined;
  /** Names of SASL users who are super (`superUser` and every `superUser.<x>`). */
  readonly saslSuperUsers: readonly string[];
  readonly letAnySaslUserDoX: string | undefined;
  readonly useXForwardedFor: boolean;
  /** null: not set, so any name passes. */
  readonly ensembleAuthNames: readonly string[] | null;
  /** Sessions must authenticate by one of the schemes before other requests. */
  readonly enforceAuthEnabled: boolean;
  readonly enforceAuthSchemes: readonly string[];
  readonly allowSaslFailedClients: boolean;
}

/** SASL of clients. */
export interface SaslConfig {
  /** Path of the JAAS file (`java.security.auth.login.config`); it may name no section that we need. */
  readonly jaasFile: string | undefined;
  /** Java properties, which the file may name as `${name}`. Some are secret. */
  readonly properties: ReadonlyMap<string, string>;
  /** Section of the server (`sasl.serverconfig`). */
  readonly section: string;
  /** The section was named on purpose, so that its absence is an error. */
  readonly sectionConfigured: boolean;
  /** Password of the user `super`. Secret. */
  readonly superPassword: string | undefined;
  /** Passwords by user, of the keys `sasl.user.<name>`; beside those of the JAAS file. Secret. */
  readonly users: ReadonlyMap<string, string>;
}

/** TLS of clients. */
export interface ClientTlsConfig {
  readonly settings: TlsSettings;
  /** Stores are read again when their files change (`client.certReload`). */
  readonly certReload: boolean;
}

/** Four-letter words. */
export interface FourLetterWordsConfig {
  /** Comma list or `*`, null when not set (then srvr alone). */
  readonly whitelist: string | null;
  readonly readOnlyModeEnabled: boolean;
}

/** ContainerManager. */
export interface ContainersConfig {
  readonly checkIntervalMs: number;
  readonly maxPerMinute: number;
  /** 0: containers that never had a child stay. */
  readonly maxNeverUsedIntervalMs: number;
}

/** JvmPauseMonitor, here of the event loop. */
export interface JvmPauseConfig {
  readonly enabled: boolean;
  readonly sleepTimeMs: number;
  readonly infoThresholdMs: number;
  readonly warnThresholdMs: number;
}

/** The rest. */
export interface MiscConfig {
  /** Of the file myid; null without one. */
  readonly myid: bigint | null;
  readonly reconfigEnabled: boolean;
  readonly fipsMode: boolean;
}
