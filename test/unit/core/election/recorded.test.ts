import { readFileSync } from "node:fs";
import { expect } from "chai";
import { Notification, PeerState } from "../../../../protocol/records/election.ts";
import { FastLeaderElection } from "../../../../src/core/election/fastLeaderElection.ts";
import { noVote } from "../../../../src/core/election/vote.ts";
import { majorityOf } from "./simulatedVoters.ts";

/** One notification of a recording of Apache's servers. */
interface Frame {
  readonly ms: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly body: Buffer;
}

interface RecordedLine {
  readonly ms: number;
  readonly from: number;
  readonly to: number;
  readonly type?: string;
  readonly hex: string;
}

const lengthBytes = 4;

function notificationsOf(recording: string): Frame[] {
  const url = new URL(`../../../golden/peer/${recording}.jsonl`, import.meta.url);
  const lines = readFileSync(url, "utf8").trimEnd().split("\n").slice(1);
  return lines
    .map((line) => JSON.parse(line) as RecordedLine)
    .filter(({ type }) => type === "NOTIFICATION")
    .map(({ ms, from, to, hex }) => ({
      ms,
      from: BigInt(from),
      to: BigInt(to),
      body: Buffer.from(hex, "hex").subarray(lengthBytes),
    }));
}

/** The voters that a config text names. */
function votersIn(config: string): bigint[] {
  return [...config.matchAll(/server\.(\d+)=[^\n]*:participant/g)].map(([, sid]) => BigInt(sid));
}

/** What our machine sends, by recipient, in the place of server `sid` of the recording; and what it has decided. */
function replay(frames: readonly Frame[], sid: bigint): { sent: Map<bigint, string[]>; decided: string[] } {
  const own = frames.find(({ from }) => from === sid);
  if (own === undefined) throw new Error(`server ${sid} says nothing`);
  const first = Notification.decode(own.body);
  const config = { ...majorityOf(votersIn(first.config)), text: first.config };
  const isParticipant = first.leader !== noVote;
  const standing = {
    sid,
    isParticipant,
    lastLoggedZxid: isParticipant ? first.zxid : 0n,
    currentEpoch: isParticipant ? first.peerEpoch : 0n,
  };
  const sent = new Map<bigint, string[]>();
  const decided: string[] = [];
  const configs = { committed: config, lastSeen: null };
  const election = new FastLeaderElection(standing, configs, {
    send: (to, notification) => {
      const text = Buffer.from(Notification.encode(notification)).toString("hex");
      sent.set(to, [...(sent.get(to) ?? []), text]);
    },
    decided: (state, { leader }) => decided.push(`${state} ${leader}`),
    adopt: () => {},
    isLooking: () => {},
  });
  const concerned = frames.filter(({ from, to }) => from === sid || to === sid);
  election.look(standing, configs, concerned[0].ms);
  for (const { ms, from, to, body } of concerned) {
    election.tick(ms);
    if (to === sid) election.heard(from, { ...Notification.decode(body), senderConfig: null }, ms);
  }
  election.tick((concerned.at(-1)?.ms ?? 0) + 1000);
  return { sent, decided };
}

/** Newest messages replace waiting ones, and the last one may be sent again: only the order of what is new counts. */
function isWithin(recorded: readonly string[], ours: readonly string[]): boolean {
  let at = 0;
  for (const [i, message] of recorded.entries()) {
    if (message === recorded[i - 1]) continue;
    while (at < ours.length && ours[at] !== message) at++;
    if (at++ === ours.length) return false;
  }
  return true;
}

const recordings = [
  { name: "fresh3", sids: [1n, 2n, 3n], leader: 3n },
  { name: "multiaddr", sids: [1n, 2n, 3n], leader: 3n },
  { name: "observer", sids: [1n, 2n, 3n, 4n], leader: 2n },
  { name: "diff", sids: [1n], leader: 3n },
  { name: "snap", sids: [1n], leader: 3n },
  { name: "trunc", sids: [3n], leader: 2n },
];

describe("recorded elections of Apache", () => {
  for (const { name, sids, leader } of recordings) {
    it(`${name}: ours sends the same bytes in each server's place, and decides the same`, () => {
      const frames = notificationsOf(name);
      for (const sid of sids) {
        const { sent, decided } = replay(frames, sid);
        const last = decided.at(-1) ?? "nothing";
        const roles = leader === sid ? [PeerState.LEADING] : [PeerState.FOLLOWING, PeerState.OBSERVING];
        expect(
          roles.map((role) => `${role} ${leader}`),
          `${name}, server ${sid}`,
        ).to.include(last);
        for (const to of new Set(frames.filter(({ from }) => from === sid).map((frame) => frame.to))) {
          const recorded = frames.filter((frame) => frame.from === sid && frame.to === to);
          const texts = recorded.map(({ body }) => body.toString("hex"));
          expect(isWithin(texts, sent.get(to) ?? []), `${name}, server ${sid} to ${to}`).to.equal(true);
        }
      }
    });
  }
});
