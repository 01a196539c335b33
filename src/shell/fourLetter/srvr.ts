import { javaDoubleText, longHex } from "../../core/stats/javaNumber.ts";
import type { ServerView } from "../../core/stats/serverView.ts";
import { FULL_VERSION } from "../../core/stats/version.ts";

/** `srvr`: the server in short. */
export function srvr(view: ServerView): string {
  return `${titleLines(view)}${summaryLines(view)}`;
}

/** The lines before the clients of `stat`. */
export function titleLines(view: ServerView): string {
  const readOnly = view.mode === "read-only" ? "READ-ONLY mode; serving only read-only clients\n" : "";
  return `Zookeeper version: ${FULL_VERSION}\n${readOnly}`;
}

/** The lines that srvr and `stat` share. */
export function summaryLines(view: ServerView): string {
  const { stats } = view;
  const { requestLatency } = stats;
  const proposals =
    view.proposalStats === null ? "" : `Proposal sizes last/min/max: ${view.proposalStats.text()}\n`;
  return (
    `Latency min/avg/max: ${requestLatency.min}/${javaDoubleText(requestLatency.avg)}/${requestLatency.max}\n` +
    `Received: ${stats.packetsReceived}\nSent: ${stats.packetsSent}\nConnections: ${view.connectionCount}\n` +
    `Outstanding: ${view.outstandingRequests}\nZxid: 0x${longHex(view.lastProcessedZxid)}\n` +
    `Mode: ${view.mode ?? "null"}\nNode count: ${view.nodeCount}\n${proposals}`
  );
}
