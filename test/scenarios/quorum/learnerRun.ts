import { JuteReader } from "../../../protocol/jute/reader.ts";
import { counterOf, epochOf, zxidOf } from "../../../protocol/longs.ts";
import { AckEpoch, PacketType, packetTypeName, type QuorumPacket } from "../../../protocol/records/quorum.ts";
import { LearnerSync } from "../../../src/core/zab/learner/learnerSync.ts";

/** `epoch:counter`, as people speak of zxids. */
export function zxidText(zxid: bigint): string {
  return `${epochOf(zxid)}:${counterOf(zxid)}`;
}

export function zxidFrom(text: string): bigint {
  const [epoch, counter = "0"] = text.split(":");
  return zxidOf(Number(epoch), Number(counter));
}

/** One learner that synchronises: what its leader sends and what its disk has done come in as commands. */
export class LearnerRun {
  #sync: LearnerSync | null = null;
  #told: string[] = [];

  run([verb, ...words]: string[]): string[] {
    this.#told = [];
    if (verb === "learner") this.#begin(words);
    else if (verb === "disk") this.#learner.diskDone();
    else if (verb === "lost") this.#learner.lost("the connection is gone");
    else this.#packet(verb, words);
    return this.#told;
  }

  get #learner(): LearnerSync {
    if (this.#sync === null) throw new Error("no learner yet");
    return this.#sync;
  }

  #tell(line: string): void {
    this.#told.push(line);
  }

  #begin(words: string[]): void {
    const fields = new Map(words.map((word) => word.split("=", 2) as [string, string]));
    const texts = (list: readonly { readonly zxid: bigint }[]): string =>
      list.length === 0 ? "nothing" : list.map(({ zxid }) => zxidText(zxid)).join(" ");
    this.#sync = new LearnerSync(
      {
        sid: 1n,
        isParticipant: !words.includes("observer"),
        acceptedEpoch: Number(fields.get("accepted") ?? 1),
        currentEpoch: Number(fields.get("current") ?? 1),
        lastLoggedZxid: zxidFrom(fields.get("at") ?? "1:0"),
        configVersion: 0n,
        needsSnapshot: words.includes("distrusted"),
      },
      {
        send: (packet) => this.#sent(packet),
        writeAcceptedEpoch: (epoch) => this.#tell(`disk: acceptedEpoch ${epoch}`),
        writeCurrentEpoch: (epoch) => this.#tell(`disk: currentEpoch ${epoch}`),
        truncate: (zxid) =>
          this.#tell(`disk: log and snapshots cut behind ${zxidText(zxid)}, the tree read anew`),
        loadSnapshot: (zxid) => this.#tell(`memory: the leader's snapshot ${zxidText(zxid)}`),
        saveSnapshot: (zxid, committed) =>
          this.#tell(`disk: with ${texts(committed)}, snapshot ${zxidText(zxid)}, nothing behind it`),
        logAndApply: (committed) => this.#tell(`disk: log of ${texts(committed)}, then the tree`),
        see: (config) => this.#tell(`disk: proposed configuration ${config.version.toString(16)}`),
        activate: (config) => {
          this.#tell(`disk: configuration ${config.version.toString(16)}`);
          return false;
        },
        serve: (proposed, count) =>
          this.#tell(
            `serves; to be logged and acknowledged: ${texts(proposed)}, of which committed: ${count}`,
          ),
        fail: (reason, isDirty) =>
          this.#tell(`looks again${isDirty ? ", the tree read anew from disk" : ""}: ${reason}`),
      },
    );
    this.#sync.begin();
  }

  #sent({ type, zxid, data }: QuorumPacket): void {
    const more =
      type === PacketType.ACKEPOCH
        ? `, current ${AckEpoch.read(new JuteReader(data ?? none)).currentEpoch}`
        : "";
    this.#tell(`> ${packetTypeName(type)} ${zxidText(zxid)}${more}`);
  }

  #packet(name: string, [at = "0", text]: string[]): void {
    const type = Object.entries(PacketType).find(([each]) => each === name)?.[1];
    if (type === undefined) throw new Error(`no packet ${name}`);
    const zxid = name === "UPTODATE" ? -1n : zxidFrom(at);
    const data = text === undefined ? null : new TextEncoder().encode(text);
    this.#learner.packet({ type, zxid, data, authinfo: null });
  }
}

const none = new Uint8Array(0);
