import { inJavaMapOrder } from "../java/javaMapOrder.ts";
import type { MonitorSink } from "./monitorSink.ts";
import type { QuotaGauges, ServerView } from "./serverView.ts";
import { FULL_VERSION } from "./version.ts";

/** Everything that `mntr` and the AdminServer's monitor command show of a serving server, in the order of `mntr`. */
export function dumpMonitor(view: ServerView, sink: MonitorSink): void {
  sink.text("version", FULL_VERSION);
  sink.text("server_state", view.mode ?? "null");
  if (view.peerState !== null) sink.text("peer_state", view.peerState);
  if (view.observerMasterId !== null) sink.integer("observer_master_id", view.observerMasterId);
  dumpGauges(view, sink);
  dumpQuotaGauges(view.quotaGauges(), sink);
  view.metrics.dump(sink);
}

/** The order is that of Apache's hash map of gauges with a leader's all present; other roles have a part of them. */
function dumpGauges(view: ServerView, sink: MonitorSink): void {
  const { stats, proposalStats } = view;
  const { requestLatency, clientResponseStats } = stats;
  const gauges = view.gauges();
  const quorum = view.quorumGauges();
  const leader = quorum?.leader ?? null;
  const optional = (name: string, value: number | null | undefined): void => {
    if (value !== null && value !== undefined) sink.integer(name, value);
  };
  sink.integer("ephemerals_count", gauges.ephemeralsCount);
  sink.integer("num_alive_connections", view.connectionCount);
  sink.double("avg_latency", requestLatency.avg);
  optional("min_proposal_size", proposalStats?.min);
  sink.integer("outstanding_requests", view.outstandingRequests);
  sink.integer("znode_count", view.nodeCount);
  sink.integer("global_sessions", gauges.globalSessions);
  sink.integer("non_mtls_remote_conn_count", stats.nonMtlsRemoteConnCount);
  sink.integer("last_client_response_size", clientResponseStats.last);
  sink.integer("packets_sent", stats.packetsSent);
  sink.integer("packets_received", stats.packetsReceived);
  optional("max_proposal_size", proposalStats?.max);
  sink.integer("max_client_response_size", clientResponseStats.max);
  optional("synced_followers", leader?.syncedFollowers);
  sink.double("connection_drop_probability", gauges.connectionDropProbability);
  sink.integer("watch_count", gauges.watchCount);
  optional("synced_non_voting_followers", leader?.syncedNonVotingFollowers);
  optional("synced_observers", quorum?.syncedObservers);
  sink.integer("auth_failed_count", stats.authFailedCount);
  sink.integer("min_latency", requestLatency.min);
  sink.integer("max_file_descriptor_count", gauges.maxFileDescriptorCount);
  sink.integer("approximate_data_size", gauges.approximateDataSize);
  sink.integer("open_file_descriptor_count", gauges.openFileDescriptorCount);
  optional("last_proposal_size", proposalStats?.last);
  optional("pending_syncs", leader?.pendingSyncs);
  optional("leader_uptime", leader?.leaderUptimeMs);
  sink.integer("local_sessions", gauges.localSessions);
  sink.integer("uptime", view.uptimeMs);
  sink.integer("max_latency", requestLatency.max);
  sink.integer("outstanding_tls_handshake", gauges.outstandingTlsHandshake);
  optional("learners", leader?.learners);
  sink.integer("min_client_response_size", clientResponseStats.min);
  sink.integer("non_mtls_local_conn_count", stats.nonMtlsLocalConnCount);
  optional("quorum_size", quorum?.quorumSize);
}

function dumpQuotaGauges(quotas: QuotaGauges, sink: MonitorSink): void {
  const dumpEach = (name: string, valueByNamespace: ReadonlyMap<string, bigint>): void => {
    for (const namespace of inJavaMapOrder(valueByNamespace.keys(), "ConcurrentHashMap")) {
      sink.integer(`${namespace}_${name}`, valueByNamespace.get(namespace) ?? 0n);
    }
  };
  dumpEach("quota_bytes_limit_per_namespace", quotas.bytesLimits);
  dumpEach("quota_count_usage_per_namespace", quotas.countUsages);
  dumpEach("quota_count_limit_per_namespace", quotas.countLimits);
  dumpEach("quota_bytes_usage_per_namespace", quotas.bytesUsages);
}
