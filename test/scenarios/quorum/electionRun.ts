import { PeerState, type Notification } from "../../../protocol/records/election.ts";
import { FastLeaderElection } from "../../../src/core/election/fastLeaderElection.ts";
import { noVote } from "../../../src/core/election/vote.ts";
import { QuorumConfig } from "../../../src/core/quorum/quorumConfig.ts";
import { zxidFrom, zxidText } from "./learnerRun.ts";

interface Server {
  readonly election: FastLeaderElection;
  look(): void;
}

const settleMs = 200;

/** Servers that elect. Notifications travel when a command says so; each that goes out is shown once. */
export class ElectionRun {
  readonly #servers = new Map<bigint, Server>();
  #inFlight: { readonly from: bigint; readonly to: bigint; readonly notification: Notification }[] = [];
  #told: string[] = [];
  #nowMs = 0;
  #config = new QuorumConfig([], 0n);

  run([verb, ...words]: string[]): string[] {
    this.#told = [];
    if (verb === "ensemble") this.#config = QuorumConfig.fromText(words.map(lineOf).join("\n"));
    else if (verb === "server") this.#add(words);
    else if (verb === "look") for (const sid of words) this.#server(BigInt(sid)).look();
    else if (verb === "deliver") this.#deliver(words);
    else if (verb === "wait") this.#wait();
    else throw new Error(`unknown command ${verb}`);
    return this.#told;
  }

  #server(sid: bigint): Server {
    const server = this.#servers.get(sid);
    if (server === undefined) throw new Error(`no server ${sid}`);
    return server;
  }

  #add([id, ...words]: string[]): void {
    const sid = BigInt(id);
    const fields = new Map(words.map((word) => word.split("=", 2) as [string, string]));
    const standing = {
      sid,
      isParticipant: !words.includes("observer"),
      lastLoggedZxid: zxidFrom(fields.get("at") ?? "0:0"),
      currentEpoch: BigInt(fields.get("epoch") ?? 0),
    };
    const configs = { committed: this.#config, lastSeen: null };
    const election = new FastLeaderElection(standing, configs, {
      send: (to, notification) => this.#send(sid, to, notification),
      decided: (state, vote) =>
        this.#told.push(
          state === PeerState.LEADING ? `${sid} leads` : `${sid} ${roleOf(state)} ${vote.leader}`,
        ),
      adopt: () => undefined,
      isLooking: () => undefined,
    });
    this.#servers.set(sid, { election, look: () => election.look(standing, configs, this.#nowMs) });
  }

  #send(from: bigint, to: bigint, notification: Notification): void {
    const { leader, zxid, electionEpoch, peerEpoch, state } = notification;
    const vote = leader === noVote ? "nobody" : `${leader} (${zxidText(zxid)}, epoch ${peerEpoch})`;
    const settled = state === PeerState.LOOKING ? "" : `, ${roleOf(state)}`;
    this.#told.push(`${from} to ${to}: ${vote}, round ${electionEpoch}${settled}`);
    if (this.#servers.has(to)) this.#inFlight.push({ from, to, notification });
  }

  /** All that is under way, or what goes to these servers; what that leads to goes along. */
  #deliver(words: string[]): void {
    const to = new Set(words.map(BigInt));
    for (;;) {
      const at = this.#inFlight.findIndex((each) => to.size === 0 || to.has(each.to));
      if (at < 0) return;
      const [{ from, to: sid, notification }] = this.#inFlight.splice(at, 1);
      this.#server(sid).election.heard(from, { ...notification, senderConfig: null }, this.#nowMs);
    }
  }

  /** Nothing is heard for as long as an agreement needs to count. */
  #wait(): void {
    this.#nowMs += settleMs;
    for (const { election } of this.#servers.values()) election.tick(this.#nowMs);
  }
}

function lineOf(word: string): string {
  const [sid, role = "participant"] = word.split("=");
  return `server.${sid}=127.0.0.1:${2000 + Number(sid)}:${3000 + Number(sid)}:${role}`;
}

function roleOf(state: number): string {
  if (state === PeerState.LEADING) return "leads";
  return state === PeerState.FOLLOWING ? "follows" : "observes";
}
