import type { ConnectionView } from "../../core/stats/serverView.ts";
import { longHex } from "../../core/stats/javaNumber.ts";

/** One connection as `stat` (brief) and `cons` (all of it) print it; without line end (ServerCnxn.dumpConnectionInfo). */
export function connectionLine(connection: ConnectionView, brief: boolean): string {
  const { stats } = connection;
  const line =
    ` /${connection.remoteAddress}:${connection.remotePort}[${connection.interestOps}]` +
    `(queued=${connection.outstandingRequests},recved=${stats.packetsReceived},sent=${stats.packetsSent}`;
  return brief || connection.sessionId === 0n ? `${line})` : `${line}${sessionPart(connection)})`;
}

function sessionPart(connection: ConnectionView): string {
  const { stats } = connection;
  const lastCxid = stats.lastCxid < 0 ? "" : `,lcxid=0x${stats.lastCxid.toString(16)}`;
  return (
    `,sid=0x${longHex(connection.sessionId)},lop=${stats.lastOp ?? "null"},est=${connection.establishedMs}` +
    `,to=${connection.sessionTimeoutMs}${lastCxid},lzxid=0x${longHex(stats.lastZxid)}` +
    `,lresp=${stats.lastResponseTimeMs},llat=${stats.lastLatencyMs}` +
    `,minlat=${stats.minLatencyMs},avglat=${stats.avgLatencyMs},maxlat=${stats.maxLatencyMs}`
  );
}
