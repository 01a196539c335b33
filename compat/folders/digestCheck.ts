import { askWord } from "../fourletter/rawClient.ts";
import type { Launched } from "./launched.ts";

/** What Apache and we log when the digest of the tree is not the one that stands in a log or a snapshot. */
const complaint = /digests are not matching|digest mismatch|tree digest differs/i;

/**
 * A server holds the digests in its files against its own tree, while it loads and while it serves. Throws if it has
 * found one that does not fit, by its log or by its counter.
 */
export async function requireNoMismatch(server: Launched): Promise<void> {
  const line = server
    .log()
    .split("\n")
    .find((text) => complaint.test(text));
  if (line !== undefined) throw new Error(`${server.name} reports: ${line}`);
  const count = /zk_digest_mismatches_count\s+(\d+)/.exec(await askWord(server.port, "mntr"))?.[1];
  // Apache's answer breaks off where a client has written limits of a quota that cannot be read.
  if (count === undefined && server.name === "apache") return;
  if (count !== "0") throw new Error(`${server.name} counts ${count} digest mismatches`);
}
