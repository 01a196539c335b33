import type { KeyRow } from "./keyRow.ts";

/** Properties without the prefix `zookeeper.`, and names that a server never reads. Columns: {@link KeyRow}. */
export const OTHER_KEYS: readonly KeyRow[] = [
  ["jute.maxbuffer", "jvm", "1048575", "H", "int"],
  ["readonlymode.enabled", "jvm", "false", "H", "boolean"],
  ["znode.container.checkIntervalMs", "jvm", "60000", "H", "int"],
  ["znode.container.maxPerMinute", "jvm", "10000", "H", "int"],
  ["znode.container.maxNeverUsedIntervalMs", "jvm", "0", "H", "long"],
  ["leader.nodelay", "jvm", "true", "N", "text"],
  ["follower.nodelay", "jvm", "true", "N", "text"],
  ["java.security.auth.login.config", "jvm", "none", "H", "path"],
  ["clientCnxnSocket", "client", "NIO", "-", "text"],
  ["client.secure", "client", "false", "-", "boolean"],
  ["configuration", "internal", "-", "-", "text"],
  ["clientPortAddress", "internal", "-", "-", "host"],
  ["controllerPort", "test", "none", "-", "text"],
  ["disableAutoWatchReset", "client", "false", "-", "boolean"],
  ["request.timeout", "client", "0", "-", "int"],
  ["sasl.client", "client", "true", "-", "boolean"],
  ["sasl.client.canonicalize.hostname", "client", "true", "-", "boolean"],
  ["sasl.client.username", "client", "zookeeper", "-", "text"],
  ["sasl.clientconfig", "client", "Client", "-", "text"],
  ["server.principal", "client", "none", "-", "text"],
  ["server.realm", "client", "none", "-", "text"],
  ["version", "internal", "-", "-", "text"],
];
