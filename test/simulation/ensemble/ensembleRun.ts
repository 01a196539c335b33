import { createHash } from "node:crypto";
import { OpCode } from "../../../protocol/opcodes.ts";
import { ReconfigRequest } from "../../../protocol/records/client.ts";
import { QuorumConfig } from "../../../src/core/quorum/quorumConfig.ts";
import type { ClientConnection } from "../../../src/core/server/clientConnection.ts";
import type { ZooKeeperServer } from "../../../src/core/server/zooKeeperServer.ts";
import type { CommittedProposal } from "../../../src/core/zab/sync/committedLog.ts";
import { statBytes } from "../../../src/core/tree/statLayout.ts";
import { noNode } from "../../../src/core/tree/tree.ts";
import { dumpTree } from "../../support/treeDump.ts";
import { SeededRandom } from "../random.ts";
import { diskError, SimulatedDisk, type DiskOperation } from "../simulatedDisk.ts";
import type { Mutant } from "./mutants/mutant.ts";
import { ClientLedger } from "./clientLedger.ts";
import { sessionTimeoutMs, sharedPath, SimulatedClient, type ClientHost } from "./simulatedClient.ts";
import { SimulatedNetwork } from "./simulatedNetwork.ts";
import { SimulatedProcess, type ProcessHost } from "./simulatedProcess.ts";
import { StoredConfigs } from "./storedConfigs.ts";
import { VirtualTime } from "./virtualTime.ts";

export interface RunOptions {
  readonly seed: number;
  readonly servers?: number;
  /** Simulated time under faults. */
  readonly seconds?: number;
  /** Disks that only say that they sync: acknowledged before it is durable, which a run must be able to notice. */
  readonly lyingDisks?: boolean;
  /** A fault in the servers themselves. */
  readonly mutant?: Mutant | null;
  /** How many clients there are. */
  readonly clients?: number;
  /** Kinds of faults; all by default. */
  readonly kinds?: readonly string[];
  /** Numbers of the faults that are left out, from 0: for shrinking. */
  readonly without?: ReadonlySet<number>;
}

/** What a run has seen; `violations` is empty where everything held. */
export interface RunResult {
  readonly violations: readonly string[];
  /** Of the whole run. */
  readonly simulatedMs: number;
  readonly acked: number;
  readonly epochs: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly expired: number;
  /** How many faults there would have been. */
  readonly faultCount: number;
  /** Of the whole trace: equal for equal seeds. */
  readonly digest: string;
  readonly trace: readonly string[];
}

const tickTimeMs = 500;
/** Faults that end servers where they stand. */
export const deaths: readonly string[] = [
  "killOne",
  "killLeader",
  "killTwo",
  "killAll",
  "restartAllAtOnce",
  "powerLoss",
  "stumble",
  "leapfrog",
];
/** Simulated time in which all must be well again, once the faults are over. */
const healMs = 15_000;
/** How often clients ask, one of these in each run: ms between answer and question at most. */
const thinkTimesMs = [20, 60, 60, 250];

/**
 * A whole ensemble and its clients, in one process, on a virtual clock, network and disk, all from one seed. Faults come
 * for a while, then all is healed, and everything must be as it should: one leader an epoch; what has one zxid is one
 * transaction everywhere; nothing acknowledged is lost; all trees are one; no client has gone back in time.
 */
export class EnsembleRun implements ProcessHost, ClientHost {
  readonly time = new VirtualTime();
  readonly network: SimulatedNetwork;
  readonly violations: string[] = [];
  readonly ledger = new ClientLedger((text) => this.violated(text));
  quietSinceMs = Infinity;
  readonly #options: Required<RunOptions>;
  readonly #random: SeededRandom;
  readonly #sids: readonly bigint[];
  readonly #config: QuorumConfig;
  readonly #processes = new Map<bigint, SimulatedProcess>();
  readonly #disks = new Map<bigint, SimulatedDisk>();
  readonly #clients: SimulatedClient[] = [];
  readonly #leaderByEpoch = new Map<number, bigint>();
  readonly #txnByZxid = new Map<bigint, Uint8Array>();
  readonly #faults = new Map<string, number>();
  readonly #trace: string[] = [];
  readonly #digest = createHash("sha1");

  constructor(options: RunOptions) {
    this.#options = {
      servers: 3,
      seconds: 30,
      lyingDisks: false,
      mutant: null,
      clients: 4,
      without: new Set(),
      kinds: [],
      ...options,
    };
    this.#random = new SeededRandom(options.seed);
    this.network = new SimulatedNetwork(this.time, this.#fork());
    this.#sids = Array.from({ length: this.#options.servers }, (_, i) => BigInt(i + 1));
    this.#config = QuorumConfig.fromEntries(
      this.#sids.map((sid) => [`server.${sid}`, `10.0.0.${sid}:2888:3888`] as const),
    );
  }

  /** A generator of its own for each part, so that one part's questions do not change the answers of another. */
  #fork(): SeededRandom {
    return new SeededRandom(this.#random.below(2 ** 32));
  }

  async run(): Promise<RunResult> {
    for (const sid of this.#sids) {
      this.#disks.set(sid, new SimulatedDisk());
      this.#rates.set(sid, 0.98 + this.#random.next() * 0.04);
      this.#start(sid);
    }
    const thinkMsMax = thinkTimesMs[this.#random.below(thinkTimesMs.length)];
    for (const name of ["a", "b", "c", "d"].slice(0, this.#options.clients)) {
      const client = new SimulatedClient(name, this, this.#fork(), thinkMsMax);
      this.#clients.push(client);
      client.begin();
    }
    const beginMs = this.time.nowMs;
    const endMs = beginMs + this.#options.seconds * 1000;
    await this.time.runUntil(this.time.nowMs + 2000);
    while (this.time.nowMs < endMs && this.violations.length === 0) {
      this.#fault();
      await this.time.runUntil(this.time.nowMs + 300 + this.#random.below(4000));
    }
    await this.#heal();
    if (this.violations.length === 0) this.#check();
    if (this.violations.length === 0) await this.#outlive();
    return {
      simulatedMs: this.time.nowMs - beginMs,
      violations: this.violations,
      acked: this.#clients.reduce((sum, { ackedCount }) => sum + ackedCount, 0),
      epochs: this.#leaderByEpoch.size,
      faults: this.#faults,
      expired: this.#clients.reduce((sum, { expiredCount }) => sum + expiredCount, 0),
      faultCount: this.#faultCount,
      digest: this.#digest.digest("hex"),
      trace: this.#trace,
    };
  }

  // ---- servers ----------------------------------------------------------------------------------------------

  #start(sid: bigint): void {
    const disk = this.#disks.get(sid) ?? new SimulatedDisk();
    const random = this.#fork();
    disk.liesAboutSyncs = this.#options.lyingDisks;
    disk.onOperation = ({ name }) => {
      const slow = this.#slowSids.has(sid) ? 40 : 1;
      if (name === "datasync") return this.time.sleep((0.3 + random.next() * 3) * slow);
      if (name === "write") return this.time.sleep(random.next() * 0.3 * slow);
      return undefined;
    };
    const { mutant, seed } = this.#options;
    // In every other run observers learn from followers.
    const hasObserverMasters = seed % 2 === 0;
    const configs = this.#configs.get(sid) ?? new StoredConfigs(this.#config);
    this.#configs.set(sid, configs);
    const clockRate = this.#rates.get(sid) ?? 1;
    const options = { sid, configs, tickTimeMs, clockRate, hasObserverMasters, mutant };
    const process = new SimulatedProcess(options, disk, this, random);
    this.#processes.set(sid, process);
    void process.start();
  }

  /** Clocks drift by up to two in a hundred, and keep to it. */
  readonly #rates = new Map<bigint, number>();
  readonly #configs = new Map<bigint, StoredConfigs>();
  readonly #slowSids = new Set<bigint>();

  #kill(sid: bigint): void {
    const process = this.#processes.get(sid);
    if (process === undefined) return;
    this.#processes.delete(sid);
    process.kill(this.#random.chance(0.5));
    process.disk.onOperation = null;
    this.#disks.set(sid, process.disk.crash(this.#random));
  }

  #restart(sid: bigint): void {
    if (!this.#processes.has(sid)) this.#start(sid);
  }

  process(sid: bigint): SimulatedProcess | null {
    return this.#processes.get(sid) ?? null;
  }

  get clients(): readonly SimulatedClient[] {
    return this.#clients;
  }

  anyProcess(): SimulatedProcess | null {
    return this.process(this.#anySid());
  }

  get isLedByNewest(): boolean {
    const newest = Math.max(...this.#leaderByEpoch.keys());
    return [...this.#processes.values()].every(
      ({ core }) => core?.place.kind !== "leader" || Number(core.place.epochZxid >> 32n) === newest,
    );
  }

  #anySid(): bigint {
    return this.#sids[this.#random.below(this.#sids.length)];
  }

  #leaderSid(): bigint {
    for (const [sid, { core }] of this.#processes) if (core?.place.kind === "leader") return sid;
    return this.#anySid();
  }

  // ---- faults -----------------------------------------------------------------------------------------------

  #fault(): void {
    if (this.#isCatchingUp()) return;
    const { kinds } = this.#options;
    const all = kinds.length > 0 ? kinds : Object.keys(this.#kinds);
    // Sudden death brings out the most, and comes as often as everything else together.
    const names = kinds.length === 0 && this.#random.chance(0.4) ? deaths : all;
    const name = names[this.#random.below(names.length)];
    if (this.#options.without.has(this.#faultCount++)) return;
    this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
    this.trace(0n, `fault: ${name}`);
    this.#kinds[name]();
  }

  /** Consequences of faults that have not come yet. */
  #pending = 0;

  #later(ms: number, run: () => void): void {
    this.#pending++;
    this.time.after(ms, () => {
      this.#pending--;
      run();
    });
  }

  readonly #kinds: Readonly<Record<string, () => void>> = {
    killOne: () => this.#killFor(this.#anySid()),
    killLeader: () => this.#killFor(this.#leaderSid()),
    killTwo: () => {
      this.#killFor(this.#anySid());
      this.#killFor(this.#anySid());
    },
    killAll: () => this.#sids.forEach((sid) => this.#killFor(sid)),
    isolate: () => this.#isolate(this.#anySid()),
    isolateLeader: () => this.#isolate(this.#leaderSid()),
    cutOneWay: () => this.#cutFor([[this.#anySid(), this.#anySid()]]),
    mute: () => {
      // What it says arrives late, for so short a time that nobody takes it for gone.
      const sid = this.#anySid();
      for (const other of this.#sids) if (other !== sid) this.network.cut(sid, other);
      this.#later(this.#random.below(2400), () => this.network.healAll());
    },
    cutFromLeader: () => {
      const leader = this.#leaderSid();
      this.#cutFor(this.#sids.filter((sid) => sid !== leader).map((sid) => [leader, sid] as const));
    },
    pauseOne: () => this.#pause(this.#anySid()),
    pauseLeader: () => this.#pause(this.#leaderSid()),
    slowLinks: () => {
      this.network.slowMs = this.#random.below(300);
      this.#later(this.#random.below(5000), () => (this.network.slowMs = 0));
    },
    slowDisk: () => {
      const sid = this.#anySid();
      this.#slowSids.add(sid);
      this.#later(this.#random.below(5000), () => this.#slowSids.delete(sid));
    },
    wipe: () => {
      // A wiped server has forgotten what it has promised and acknowledged: this may only happen while all the others
      // are there and well, and they must stay so until it has everything again.
      if (!this.#areAllWell()) return;
      const sid = this.#anySid();
      this.#wiped = sid;
      this.#kill(sid);
      this.#disks.set(sid, new SimulatedDisk());
      this.#restart(sid);
    },
    fsyncError: () => this.#failDisk(["datasync"], "EIO"),
    writeError: () => this.#failDisk(["write", "truncate"], "EIO"),
    fullDisk: () => this.#failDisk(["write", "open"], "ENOSPC"),
    readError: () => this.#failDisk(["read"], "EIO"),
    folderError: () => this.#failDisk(["rename", "remove", "syncDirectory"], "EIO"),
    flippedBit: () => this.#damage(),
    clockJump: () => {
      const process = this.anyProcess();
      if (process !== null) process.wallSkewMs += this.#random.below(7_200_000) - 3_600_000;
    },
    connectionsLost: () => this.anyProcess()?.dropConnections(),
    messagesLost: () => {
      this.network.lossRate = this.#random.next() * 0.6;
      this.#later(this.#random.below(6000), () => (this.network.lossRate = 0));
    },
    brokenSnapshots: () => {
      this.network.breaksSnapshots = true;
      this.#later(this.#random.below(4000), () => (this.network.breaksSnapshots = false));
    },
    bridge: () => {
      // One server hears all others, which do not hear each other in two halves.
      const half = Math.floor(this.#sids.length / 2);
      const [left, right] = [this.#sids.slice(0, half), this.#sids.slice(half + 1)];
      this.#cutFor(
        left.flatMap((one) => right.flatMap((other) => [[one, other] as const, [other, one] as const])),
      );
    },
    restartAllAtOnce: () => this.#restartAll(),
    leapfrog: () => this.#leapfrog(),
    powerLoss: () => {
      // What disks have not written down yet is much when they are slow.
      for (const sid of this.#sids) this.#slowSids.add(sid);
      this.#later(this.#random.below(1500), () => {
        this.#slowSids.clear();
        this.#restartAll();
      });
    },
    stumble: () => {
      // Each falls twice, the second time in the middle of the election and synchronisation behind the first.
      for (const sid of this.#sids) {
        this.#killFor(sid, 600);
        this.#later(200 + this.#random.below(900), () => this.#killFor(sid, 3000));
      }
    },
    changeRole: () => {
      const sid = this.#anySid();
      this.#reconfigure((config) => {
        const isVoter = config.servers.get(sid)?.isParticipant === true;
        if (isVoter && config.votingMembers.size < 3) return null;
        return { joiningServers: this.#line(sid, isVoter ? "observer" : "participant") };
      });
    },
    leave: () => this.#reconfigure((config) => this.#leaves(config, this.#anySid())),
    leaderLeaves: () => this.#reconfigure((config) => this.#leaves(config, this.#leaderSid())),
    joinAll: () =>
      this.#reconfigure(() => ({
        joiningServers: this.#sids.map((sid) => this.#line(sid, "participant")).join(","),
      })),
    reconfigureAndKill: () => {
      this.#kinds["changeRole"]();
      const sid = this.#leaderSid();
      this.#later(this.#random.next() * 20, () => this.#killFor(sid));
    },
    rollingRestart: () =>
      this.#sids.forEach((sid, i) =>
        this.#later(i * 2500, () => {
          if (this.#isCatchingUp()) return;
          this.#kill(sid);
          this.#later(this.#random.below(300), () => this.#restart(sid));
        }),
      ),
  };

  // ---- faults of disks --------------------------------------------------------------------------------------

  /** Sids whose disk fails by a fault, or is damaged by one. */
  readonly #failing = new Set<bigint>();
  readonly #damaged = new Set<bigint>();

  /** The next operations of that kind fail: the server ends, and comes back on a disk that is well again. */
  #failDisk(names: readonly DiskOperation["name"][], code: string): void {
    const sid = this.#anySid();
    const disk = this.process(sid)?.disk;
    if (disk === undefined || this.#isCatchingUp()) return;
    this.#failing.add(sid);
    disk.fault = ({ name, path }) => (names.includes(name) ? diskError(code, path) : null);
    this.#later(this.#random.below(3000), () => {
      disk.fault = null;
      this.#failing.delete(sid);
    });
  }

  /** A server whose data was damaged may refuse to start, or start with less: it counts as one that has forgotten. */
  #damage(): void {
    if (!this.#areAllWell()) return;
    const sid = this.#anySid();
    this.#wiped = sid;
    this.#damaged.add(sid);
    this.#kill(sid);
    this.#disks.get(sid)?.flip(this.#random);
    this.#restart(sid);
  }

  ended(sid: bigint, error: unknown): void {
    if (this.#damaged.delete(sid)) {
      // What its operator would do.
      this.trace(sid, `refuses its damaged data: ${String(error)}`);
      this.#kill(sid);
      this.#disks.set(sid, new SimulatedDisk());
      this.#later(100, () => this.#restart(sid));
      return;
    }
    const isInjected = error instanceof Error && /simulated/.test(error.message);
    if (!isInjected) return this.violated(`server ${sid}: ${String(error)}`);
    this.trace(sid, `ends: ${error.message}`);
    this.#later(0, () => {
      this.#kill(sid);
      const disk = this.#disks.get(sid);
      if (disk !== undefined) disk.fault = null;
    });
    this.#later(500 + this.#random.below(3000), () => this.#restart(sid));
  }

  // ---- other members ----------------------------------------------------------------------------------------

  /** What the leader's server goes by now. */
  #present(): { readonly leader: SimulatedProcess; readonly config: QuorumConfig } | null {
    const leader = this.process(this.#leaderSid());
    const config = leader?.peer?.config;
    return leader?.core?.place.kind === "leader" && config !== undefined ? { leader, config } : null;
  }

  #reconfigure(change: (config: QuorumConfig) => Partial<ReconfigRequest> | null): void {
    const present = this.#present();
    const asked = present === null ? null : change(present.config);
    if (present === null || asked === null) return;
    const body = ReconfigRequest.encode({
      joiningServers: null,
      leavingServers: null,
      newMembers: null,
      curConfigId: -1n,
      ...asked,
    });
    present.leader.input(() => present.leader.core?.leaderWrites?.propose(OpCode.reconfig, 0n, body, null));
  }

  #line(sid: bigint, role: "participant" | "observer"): string {
    return `server.${sid}=10.0.0.${sid}:2888:3888:${role};2181`;
  }

  #leaves(config: QuorumConfig, sid: bigint): Partial<ReconfigRequest> | null {
    const others = [...config.votingMembers].filter((voter) => voter !== sid);
    return others.length < 2 ? null : { leavingServers: String(sid) };
  }

  #faultCount = 0;
  #wiped: bigint | null = null;

  #areAllWell(): boolean {
    if (this.network.hasCuts || this.network.slowMs > 0 || this.#isCatchingUp()) return false;
    const leader = this.process(this.#leaderSid())?.peer?.leader ?? null;
    const followers = leader?.gauges.syncedFollowers ?? 0;
    return (
      followers === this.#sids.length - 1 &&
      this.#sids.every((sid) => {
        const process = this.process(sid);
        return process !== null && process.core !== null && process.pausedUntilMs <= this.time.nowMs;
      })
    );
  }

  #isCatchingUp(): boolean {
    if (this.#wiped === null) return false;
    const isBack = (this.process(this.#wiped)?.core?.learnerWrites ?? null) !== null;
    if (isBack) {
      this.#damaged.delete(this.#wiped);
      this.#wiped = null;
    }
    return !isBack;
  }

  /**
   * Some fall behind; then the leader has nobody but them, and they get from it what only those had that are away now; in
   * the middle of it all fall, and those that were behind meet those that were away. What the first ones have said to
   * have must be there, and count for no more than it is.
   */
  #leapfrog(): void {
    if (!this.#areAllWell()) return;
    const leader = this.#leaderSid();
    const others = this.#sids.filter((sid) => sid !== leader);
    if (this.#random.chance(0.5)) others.reverse();
    const behind = others.slice(0, others.length / 2);
    const ahead = others.slice(others.length / 2);
    this.#cutOff(behind);
    this.#later(1000 + this.#random.below(2000), () => {
      this.network.healAll();
      this.#cutOff(ahead);
      this.#killFor(leader, 1);
      this.#later(220 + this.#random.below(500), () => {
        this.network.healAll();
        this.#killFor(leader, 4000);
        for (const sid of others) this.#killFor(sid, 1);
      });
    });
  }

  #cutOff(sids: readonly bigint[]): void {
    for (const sid of sids)
      for (const other of this.#sids) {
        if (sids.includes(other)) continue;
        this.network.cut(sid, other);
        this.network.cut(other, sid);
      }
  }

  #killFor(sid: bigint, msMax = 5000): void {
    // A server whose disk was wiped has promised things that it has forgotten: no other may be lost with it.
    if (this.#isCatchingUp()) return;
    this.#kill(sid);
    this.#later(this.#random.below(msMax), () => this.#restart(sid));
  }

  #restartAll(): void {
    for (const sid of this.#sids) {
      if (this.#isCatchingUp()) return;
      this.#kill(sid);
      this.#restart(sid);
    }
  }

  #isolate(sid: bigint): void {
    this.#cutFor(
      this.#sids.flatMap((other) =>
        other === sid
          ? []
          : ([
              [sid, other],
              [other, sid],
            ] as const),
      ),
    );
  }

  #cutFor(links: readonly (readonly [bigint, bigint])[]): void {
    for (const [from, to] of links) this.network.cut(from, to);
    this.#later(this.#random.below(8000), () => this.network.healAll());
  }

  #pause(sid: bigint): void {
    const process = this.process(sid);
    if (process !== null) process.pausedUntilMs = this.time.nowMs + this.#random.below(7000);
  }

  // ---- the end ----------------------------------------------------------------------------------------------

  async #heal(): Promise<void> {
    const { time } = this;
    this.trace(0n, "all is healed");
    this.network.healAll();
    this.#slowSids.clear();
    for (const { disk } of this.#processes.values()) disk.fault = null;
    const isOver = (): boolean =>
      this.#pending === 0 &&
      [...this.#processes.values()].every(({ pausedUntilMs }) => pausedUntilMs <= time.nowMs);
    await this.#until(isOver, 30_000);
    this.network.healAll();
    for (const sid of this.#sids) this.#restart(sid);
    await this.#until(() => this.#sids.every((sid) => (this.process(sid)?.core ?? null) !== null), healMs);
    // An observer that has just come may still be asked to leave; what follows must hold for all.
    await time.runUntil(time.nowMs + 1500);
    this.quietSinceMs = time.nowMs;
    await time.runUntil(time.nowMs + 1500);
    for (const client of this.#clients) client.finish();
    await this.#until(() => this.#clients.every(({ isIdle }) => isIdle), 20_000);
    await time.runUntil(time.nowMs + 500);
  }

  /** Nothing may be left of clients that have gone. */
  #checkLeft(sid: bigint, core: ZooKeeperServer): void {
    const left = {
      connections: [...core.connections].length,
      "requests in process": core.outstanding.inProcess,
      proposals: core.outstandingProposals,
      "watched paths": core.watches.data.pathCount,
      "syncs that wait": this.process(sid)?.peer?.leader?.gauges.pendingSyncs ?? 0,
    };
    for (const [what, count] of Object.entries(left))
      if (count !== 0) this.violated(`server ${sid} keeps ${count} ${what} of clients that have gone`);
  }

  async #until(isDone: () => boolean, msMax: number): Promise<void> {
    const endMs = this.time.nowMs + msMax;
    while (this.time.nowMs < endMs && this.violations.length === 0 && !isDone())
      await this.time.runUntil(this.time.nowMs + 100);
  }

  /** Nobody asks any more: sessions end, and what hangs on them. */
  async #outlive(): Promise<void> {
    await this.time.runUntil(this.time.nowMs + sessionTimeoutMs * 1.5);
    for (const sid of this.#sids) {
      const core = this.process(sid)?.core ?? null;
      if (core === null) this.violated(`server ${sid} does not serve any more, and nothing has happened`);
      else if (core.timeouts.size > 0)
        this.violated(`server ${sid} keeps ${core.timeouts.size} sessions for ever`);
      else if (core.tree.ephemeralsCount > 0)
        this.violated(`server ${sid} keeps ${core.tree.ephemeralsCount} ephemeral nodes of no session`);
      else this.#checkLeft(sid, core);
    }
  }

  #check(): void {
    for (const sid of this.#sids)
      if ((this.process(sid)?.core ?? null) === null)
        this.violated(`server ${sid} does not serve at the end`);
    for (const client of this.#clients)
      if (!client.isIdle) this.violated(`client ${client.name} is still waiting at the end`);
    if (this.violations.length > 0) return;
    const trees = this.#sids.map((sid) => this.process(sid)?.core?.tree);
    const [first, ...others] = trees.map((tree) => (tree === undefined ? {} : dumpTree(tree)));
    for (const [i, other] of others.entries()) {
      for (const path of new Set([...Object.keys(first), ...Object.keys(other)])) {
        if (path.startsWith("/zookeeper") || first[path] === other[path]) continue;
        this.violated(`${path} is ${first[path]} at server 1, ${other[path]} at server ${i + 2}`);
      }
    }
    this.ledger.check();
    const sessions = this.process(this.#sids[0])?.core?.timeouts;
    for (const client of this.#clients) {
      for (const { path, sessionId } of client.ephemerals)
        if ((first[path] !== undefined) !== (sessions?.has(sessionId) === true))
          this.violated(
            `${path} ${first[path] === undefined ? "has gone before" : "has outlived"} its session`,
          );
      for (const path of client.created)
        if (first[path] === undefined) this.violated(`${path} was acknowledged and is lost`);
      for (const path of client.deleted)
        if (first[path] !== undefined) this.violated(`${path} was deleted and is back`);
      client.checkWatch(this.#mzxidOf(sharedPath));
    }
  }

  #mzxidOf(path: string): bigint {
    const tree = this.process(this.#sids[0])?.core?.tree;
    const ref = tree?.find(path) ?? noNode;
    if (tree === undefined || ref === noNode) return 0n;
    const stat = new Uint8Array(statBytes);
    tree.copyStat(ref, stat);
    return new DataView(stat.buffer).getBigInt64(8);
  }

  // ---- what is seen -----------------------------------------------------------------------------------------

  applied(sid: bigint, { zxid, data }: CommittedProposal): void {
    const known = this.#txnByZxid.get(zxid);
    if (known === undefined) this.#txnByZxid.set(zxid, data.slice());
    else if (Buffer.compare(known, data) !== 0)
      this.violated(`server ${sid} has another transaction ${zxid.toString(16)}`);
  }

  leads(sid: bigint, epoch: number): void {
    const known = this.#leaderByEpoch.get(epoch);
    if (known !== undefined && known !== sid)
      this.violated(`servers ${known} and ${sid} both lead epoch ${epoch}`);
    this.#leaderByEpoch.set(epoch, sid);
  }

  trace(sid: bigint, text: string): void {
    const line = `${((this.time.nowMs - 1_000_000) / 1000).toFixed(3)} ${sid === 0n ? "" : `server ${sid}: `}${text}`;
    this.#trace.push(line);
    this.#digest.update(line);
  }

  violated(text: string): void {
    this.trace(0n, `VIOLATED: ${text}`);
    if (this.violations.length < 20) this.violations.push(text);
  }

  toClient(connection: ClientConnection, bytes: Uint8Array): void {
    const client = connection.transport;
    if (client instanceof SimulatedClient) this.time.after(0.5, () => client.receive(connection, bytes));
  }

  clientClosed(connection: ClientConnection): void {
    const client = connection.transport;
    if (client instanceof SimulatedClient) this.time.after(1, () => client.lost(connection));
  }
}
