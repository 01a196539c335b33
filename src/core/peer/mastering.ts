import type { Clock } from "../server/effects.ts";
import type { ZooKeeperServer } from "../server/zooKeeperServer.ts";
import type { Learner } from "../zab/learner/learner.ts";
import type { LearnerHandlersEffects } from "../zab/leader/learnerHandlers.ts";
import { ObserverMaster } from "../zab/observers/observerMaster.ts";
import type { PeerConfig } from "./peerConfig.ts";
import type { PeerData } from "./peerData.ts";
import type { PeerEffects } from "./peerEffects.ts";
import type { PeerSetup } from "./peerSetup.ts";

/** The part of a member that takes observers while it follows. */
export class Mastering {
  readonly #setup: PeerSetup;
  readonly #data: PeerData;
  readonly #config: PeerConfig;
  readonly #effects: PeerEffects;
  readonly #clock: Clock;
  #master: ObserverMaster | null = null;

  constructor(setup: PeerSetup, data: PeerData, config: PeerConfig, effects: PeerEffects, clock: Clock) {
    this.#setup = setup;
    this.#data = data;
    this.#config = config;
    this.#effects = effects;
    this.#clock = clock;
  }

  /** Null while it takes none. */
  get master(): ObserverMaster | null {
    return this.#master;
  }

  /** Opens the port, if followers take observers here. */
  begin(
    server: ZooKeeperServer,
    epoch: number,
    learner: Learner,
    handlerEffects: LearnerHandlersEffects,
  ): void {
    const { sid, tickTimeMs, initLimit, syncLimit, forceSnapshot, outboundBytesMax } = this.#setup;
    if (this.#setup.hasObserverMasters !== true) return;
    const { committedLog } = this.#data;
    this.#effects.listen("observerMaster");
    this.#master = new ObserverMaster(
      { sid, epoch, committedLog, tickTimeMs, initLimit, syncLimit, forceSnapshot, outboundBytesMax },
      {
        ...handlerEffects,
        lastProcessedZxid: () => this.#data.lastZxid,
        committedConfig: () => this.#config.committed,
        lastSeenConfig: () => this.#config.lastSeen,
        toLeader: (packet) => learner.send(packet),
        awaitSync: (answer) => server.learnerWrites?.awaitSync(answer),
        isSession: (sessionId) => server.timeouts.has(sessionId),
        movedAway: (sessionId) => {
          const connection = server.learnerSessions?.get(sessionId)?.connection ?? null;
          if (connection !== null) server.connections.close(connection, "session has moved");
        },
        touch: (sessionId, timeoutMs) => server.learnerSessions?.touchElsewhere(sessionId, timeoutMs),
      },
      () => this.#clock.monotonicMs,
    );
  }

  /** Something of the leader went through here on its way to the observers; time stands still in an input. */
  passed({ server }: Learner, metric: "omProposalProcessTimeMs" | "omCommitProcessTimeMs"): void {
    if (this.#master !== null) server?.metrics.percentiles[metric].add(0);
  }

  end(reason: string): void {
    if (this.#master === null) return;
    this.#master.end(reason);
    this.#master = null;
    this.#effects.unlisten();
  }
}
