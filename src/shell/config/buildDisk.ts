import type { DiskConfig, SnapshotCompression } from "./serverConfig.ts";
import type { Settings } from "./settings.ts";

const KIB = 1024;

/** Reads the keys of the data folders; `dataDir` has been found already. Source: disk.md section 8. */
export function buildDisk(settings: Settings, dataDir: string, memoryOnly: boolean): DiskConfig {
  const flushDelayMs = settings.long("flushDelay", 0);
  const txnLogSizeLimitKib = settings.long("txnLogSizeLimitInKb", -1);
  return {
    memoryOnly,
    dataDir,
    dataLogDir: settings.text("dataLogDir", dataDir),
    datadirAutocreate: settings.boolean("datadir.autocreate", true),
    dbAutocreate: settings.boolean("db.autocreate", true),
    snapCount: atLeast(settings, "snapCount", 100_000, 2),
    snapSizeLimitBytes: settings.long("snapSizeLimitInKb", 4_194_304) * KIB,
    txnLogSizeLimitBytes: txnLogSizeLimitKib > 0 ? txnLogSizeLimitKib * KIB : -1,
    preAllocSizeBytes: settings.long("preAllocSize", 65_536) * KIB,
    forceSync: settings.notNo("forceSync"),
    fsyncWarningThresholdMs: fsyncWarningThreshold(settings),
    flushDelayMs,
    maxBatchSize: settings.int("maxBatchSize", 1000),
    maxWriteQueuePollTimeMs: settings.long("maxWriteQueuePollTime", Math.trunc(flushDelayMs / 3)),
    commitLogCount: atLeast(settings, "commitLogCount", 500, 500),
    snapshotSizeFactor: snapshotSizeFactor(settings),
    snapshotCompression: snapshotCompression(settings),
    snapshotTrustEmpty: settings.boolean("snapshot.trust.empty", false),
    serializeLastProcessedZxid: settings.boolean("serializeLastProcessedZxid.enabled", true),
    autopurgeSnapRetainCount: atLeast(settings, "autopurge.snapRetainCount", 3, 3),
    autopurgePurgeIntervalHours: settings.int("autopurge.purgeInterval", 0),
  };
}

function atLeast(settings: Settings, name: string, fallback: number, minimum: number): number {
  const value = settings.int(name, fallback);
  return value < minimum ? settings.replace(name, minimum, `must be at least ${minimum}`) : value;
}

/** The one property that Apache also takes without its prefix. */
function fsyncWarningThreshold(settings: Settings): number {
  const name = "fsync.warningthresholdms";
  const bare = settings.properties.get(name);
  if (settings.find(name) === undefined && bare !== undefined)
    settings.properties.set(`zookeeper.${name}`, bare);
  return settings.long(name, 1000);
}

function snapshotSizeFactor(settings: Settings): number {
  const value = settings.double("snapshotSizeFactor", 0.33);
  return value > 1 ? settings.replace("snapshotSizeFactor", 0.33, "must not be larger than 1") : value;
}

function snapshotCompression(settings: Settings): SnapshotCompression {
  const name = "snapshot.compression.method";
  const method = settings.text(name, "").toLowerCase();
  if (method === "gz" || method === "snappy") return method;
  if (method !== "") settings.replace(name, "", "must be gz, snappy or empty");
  return "none";
}
