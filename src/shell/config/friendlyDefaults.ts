import type { ConfigEntry } from "./entries.ts";

const ORIGIN = "default without a zoo.cfg";

/**
 * What `zabra` without a zoo.cfg starts from, where that is not Apache's default:
 * - host 127.0.0.1: nobody else gets in before somebody decided so;
 * - tickTime 2000: what Apache's own sample file and container image use, so sessions of 4 to 40 s;
 * - purge each hour, keeping 3 snapshots: a folder that nobody looks after must not fill the disk;
 * - on the loopback all four-letter words, and no limit of connections per address, since there all clients have the
 *   same one. On any other host both stay as in Apache (srvr alone; 60).
 */
export function friendlyDefaults(written: readonly ConfigEntry[]): ConfigEntry[] {
  const last = (key: string): string | undefined => written.findLast((entry) => entry.key === key)?.value;
  const host = last("clientPortAddress") ?? "127.0.0.1";
  const defaults: Record<string, string> = {
    dataDir: "./zabra-data",
    clientPort: "2181",
    clientPortAddress: host,
    tickTime: "2000",
    "autopurge.purgeInterval": "1",
    "autopurge.snapRetainCount": "3",
  };
  if (isLoopback(host)) {
    defaults["4lw.commands.whitelist"] = "*";
    defaults["maxClientCnxns"] = "0";
  }
  return Object.entries(defaults).map(([key, value]) => ({ key, value, origin: ORIGIN }));
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || host.startsWith("127.");
}
