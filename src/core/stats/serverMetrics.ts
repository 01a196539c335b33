import { AvgMinMaxCounter, SimpleCounter } from "./counters.ts";
import { MetricSet } from "./metricSet.ts";
import type { Metric, MonitorSink } from "./monitorSink.ts";
import { AvgMinMaxPercentileCounter, type RandomSource } from "./percentileCounter.ts";

// A property is the metric's name in camel case. The order of the properties is that of the lines of `mntr`: Apache keeps
// its metrics in hash maps, whose order depends on the names alone (golden/4lw/standalone/mntr.txt). Times are milliseconds.

function createCounters() {
  const counter = (name: string): SimpleCounter => new SimpleCounter(name);
  return {
    watchBytes: counter("watch_bytes"),
    staleRequestsDropped: counter("stale_requests_dropped"),
    throttledOps: counter("throttled_ops"),
    insecureAdminCount: counter("insecure_admin_count"),
    connectionRejected: counter("connection_rejected"),
    sessionlessConnectionsExpired: counter("sessionless_connections_expired"),
    deadWatchersQueued: counter("dead_watchers_queued"),
    staleRequests: counter("stale_requests"),
    connectionDropCount: counter("connection_drop_count"),
    responsePacketCacheHits: counter("response_packet_cache_hits"),
    bytesReceivedCount: counter("bytes_received_count"),
    addDeadWatcherStallTime: counter("add_dead_watcher_stall_time"),
    requestThrottleWaitCount: counter("request_throttle_wait_count"),
    requestsNotForwardedToCommitProcessor: counter("requests_not_forwarded_to_commit_processor"),
    responsePacketCacheMisses: counter("response_packet_cache_misses"),
    prepProcessorRequestQueued: counter("prep_processor_request_queued"),
    staleReplies: counter("stale_replies"),
    responseBytes: counter("response_bytes"),
    ensembleAuthFail: counter("ensemble_auth_fail"),
    diffCount: counter("diff_count"),
    connectionRevalidateCount: counter("connection_revalidate_count"),
    quitLeadingDueToDisloyalVoter: counter("quit_leading_due_to_disloyal_voter"),
    unrecoverableErrorCount: counter("unrecoverable_error_count"),
    unsuccessfulHandshake: counter("unsuccessful_handshake"),
    commitCount: counter("commit_count"),
    outstandingChangesQueued: counter("outstanding_changes_queued"),
    requestCommitQueued: counter("request_commit_queued"),
    ensembleAuthSkip: counter("ensemble_auth_skip"),
    skipLearnerRequestToNextProcessorCount: counter("skip_learner_request_to_next_processor_count"),
    proposalCount: counter("proposal_count"),
    largeRequestsRejected: counter("large_requests_rejected"),
    outstandingChangesRemoved: counter("outstanding_changes_removed"),
    restoreErrorCount: counter("restore_error_count"),
    cnxnClosedWithoutZkServerRunning: counter("cnxn_closed_without_zk_server_running"),
    lookingCount: counter("looking_count"),
    snapshotRateLimitedCount: counter("snapshot_rate_limited_count"),
    learnerProposalReceivedCount: counter("learner_proposal_received_count"),
    digestMismatchesCount: counter("digest_mismatches_count"),
    deadWatchersCleared: counter("dead_watchers_cleared"),
    ensembleAuthSuccess: counter("ensemble_auth_success"),
    learnerCommitReceivedCount: counter("learner_commit_received_count"),
    snapshotErrorCount: counter("snapshot_error_count"),
    connectionRequestCount: counter("connection_request_count"),
    responsePacketGetChildrenCacheMisses: counter("response_packet_get_children_cache_misses"),
    snapCount: counter("snap_count"),
    staleSessionsExpired: counter("stale_sessions_expired"),
    restoreRateLimitedCount: counter("restore_rate_limited_count"),
    responsePacketGetChildrenCacheHits: counter("response_packet_get_children_cache_hits"),
    syncProcessorRequestQueued: counter("sync_processor_request_queued"),
    tlsHandshakeExceeded: counter("tls_handshake_exceeded"),
    revalidateCount: counter("revalidate_count"),
  };
}

function createSummaries() {
  const summary = (name: string): AvgMinMaxCounter => new AvgMinMaxCounter(name);
  return {
    socketClosingTime: summary("socket_closing_time"),
    proposalProcessTime: summary("proposal_process_time"),
    leaderUnavailableTime: summary("leader_unavailable_time"),
    nodeCreatedWatchCount: summary("node_created_watch_count"),
    sessionQueuesDrained: summary("session_queues_drained"),
    writeCommitProcReqQueued: summary("write_commit_proc_req_queued"),
    connectionTokenDeficit: summary("connection_token_deficit"),
    readCommitProcReqQueued: summary("read_commit_proc_req_queued"),
    nodeDeletedWatchCount: summary("node_deleted_watch_count"),
    startupTxnsLoadTime: summary("startup_txns_load_time"),
    syncProcessorQueueSize: summary("sync_processor_queue_size"),
    followerSyncTime: summary("follower_sync_time"),
    prepProcessorQueueSize: summary("prep_processor_queue_size"),
    fsynctime: summary("fsynctime"),
    inflightSnapCount: summary("inflight_snap_count"),
    readsIssuedFromSessionQueue: summary("reads_issued_from_session_queue"),
    restoreTime: summary("restore_time"),
    learnerRequestProcessorQueueSize: summary("learner_request_processor_queue_size"),
    snapshottime: summary("snapshottime"),
    unavailableTime: summary("unavailable_time"),
    startupTxnsLoaded: summary("startup_txns_loaded"),
    readsAfterWriteInSessionQueue: summary("reads_after_write_in_session_queue"),
    requestsInSessionQueue: summary("requests_in_session_queue"),
    writeCommitProcIssued: summary("write_commit_proc_issued"),
    prepProcessTime: summary("prep_process_time"),
    pendingSessionQueueSize: summary("pending_session_queue_size"),
    timeWaitingEmptyPoolInCommitProcessorReadMs: summary(
      "time_waiting_empty_pool_in_commit_processor_read_ms",
    ),
    commitProcessTime: summary("commit_process_time"),
    dbinittime: summary("dbinittime"),
    inflightDiffCount: summary("inflight_diff_count"),
    nettyQueuedBufferCapacity: summary("netty_queued_buffer_capacity"),
    electionTime: summary("election_time"),
    commitCommitProcReqQueued: summary("commit_commit_proc_req_queued"),
    syncProcessorBatchSize: summary("sync_processor_batch_size"),
    nodeChildrenWatchCount: summary("node_children_watch_count"),
    writeBatchTimeInCommitProcessor: summary("write_batch_time_in_commit_processor"),
    readCommitProcIssued: summary("read_commit_proc_issued"),
    concurrentRequestProcessingInCommitProcessor: summary(
      "concurrent_request_processing_in_commit_processor",
    ),
    observerSyncTime: summary("observer_sync_time"),
    nodeChangedWatchCount: summary("node_changed_watch_count"),
    syncProcessTime: summary("sync_process_time"),
    startupSnapLoadTime: summary("startup_snap_load_time"),
  };
}

function createPercentiles(random: RandomSource) {
  const percentiles = (name: string): AvgMinMaxPercentileCounter =>
    new AvgMinMaxPercentileCounter(name, random);
  return {
    prepProcessorQueueTimeMs: percentiles("prep_processor_queue_time_ms"),
    jvmPauseTimeMs: percentiles("jvm_pause_time_ms"),
    closeSessionPrepTime: percentiles("close_session_prep_time"),
    readCommitprocTimeMs: percentiles("read_commitproc_time_ms"),
    updatelatency: percentiles("updatelatency"),
    localWriteCommittedTimeMs: percentiles("local_write_committed_time_ms"),
    requestThrottleQueueTimeMs: percentiles("request_throttle_queue_time_ms"),
    readlatency: percentiles("readlatency"),
    quorumAckLatency: percentiles("quorum_ack_latency"),
    omCommitProcessTimeMs: percentiles("om_commit_process_time_ms"),
    readFinalProcTimeMs: percentiles("read_final_proc_time_ms"),
    commitPropagationLatency: percentiles("commit_propagation_latency"),
    deadWatchersCleanerLatency: percentiles("dead_watchers_cleaner_latency"),
    writeFinalProcTimeMs: percentiles("write_final_proc_time_ms"),
    proposalAckCreationLatency: percentiles("proposal_ack_creation_latency"),
    proposalLatency: percentiles("proposal_latency"),
    omProposalProcessTimeMs: percentiles("om_proposal_process_time_ms"),
    syncProcessorQueueAndFlushTimeMs: percentiles("sync_processor_queue_and_flush_time_ms"),
    propagationLatency: percentiles("propagation_latency"),
    serverWriteCommittedTimeMs: percentiles("server_write_committed_time_ms"),
    syncProcessorQueueTimeMs: percentiles("sync_processor_queue_time_ms"),
    syncProcessorQueueFlushTimeMs: percentiles("sync_processor_queue_flush_time_ms"),
    writeCommitprocTimeMs: percentiles("write_commitproc_time_ms"),
  };
}

/** The metrics with one value for each key; the key is a top-level znode name, for the learner ones a sid in decimal. */
function createSets(random: RandomSource) {
  const summarySet = (name: string) => new MetricSet(name, (each) => new AvgMinMaxCounter(each));
  const percentileSet = (name: string) =>
    new MetricSet(name, (each) => new AvgMinMaxPercentileCounter(each, random));
  return {
    learnerHandlerQpSize: summarySet("learner_handler_qp_size"),
    readPerNamespace: summarySet("read_per_namespace"),
    writePerNamespace: summarySet("write_per_namespace"),
    ackLatency: percentileSet("ack_latency"),
    learnerHandlerQpTimeMs: percentileSet("learner_handler_qp_time_ms"),
  };
}

/**
 * Every metric of a server that is not a gauge (ServerMetrics), as properties, so that counting costs no look-up by name:
 * `metrics.counters.bytesReceivedCount.add(n)`. One for each server, since several may live in a process.
 */
export class ServerMetrics {
  readonly counters = createCounters();
  readonly quotaExceededErrorPerNamespace = new MetricSet(
    "quota_exceeded_error_per_namespace",
    (name) => new SimpleCounter(name),
  );
  readonly summaries = createSummaries();
  readonly percentiles: ReturnType<typeof createPercentiles>;
  readonly sets: ReturnType<typeof createSets>;
  /** Called before the metrics are shown or reset, so that what is cheap to count can be handed in late. */
  beforeLook: (() => void) | null = null;
  readonly #inOrder: readonly Metric[];

  constructor(random: RandomSource) {
    this.percentiles = createPercentiles(random);
    this.sets = createSets(random);
    this.#inOrder = [
      ...Object.values(this.counters),
      this.quotaExceededErrorPerNamespace,
      ...Object.values(this.summaries),
      ...Object.values(this.percentiles),
      ...Object.values(this.sets),
    ];
  }

  /** Zeroes everything (`srst`). */
  reset(): void {
    this.beforeLook?.();
    for (const metric of this.#inOrder) metric.reset();
  }

  /** Hands every value over, in the order of the lines of `mntr` after the gauges. */
  dump(sink: MonitorSink): void {
    this.beforeLook?.();
    for (const metric of this.#inOrder) metric.dump(sink);
  }
}
