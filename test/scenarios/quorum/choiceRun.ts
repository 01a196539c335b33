import { counterOf, epochOf } from "../../../protocol/longs.ts";
import { CommittedLog } from "../../../src/core/zab/sync/committedLog.ts";
import { planSync } from "../../../src/core/zab/sync/syncPlan.ts";
import { zxidFrom, zxidText } from "./learnerRun.ts";

/** A leader's history, and what it sends to learners that come with one of their own. */
export class ChoiceRun {
  #memory = new CommittedLog();
  #disk: bigint[] | null = null;
  #at = 0n;

  run([verb, ...words]: string[]): string[] {
    if (verb === "memory") this.#memory = this.#logOf(words);
    else if (verb === "disk-log") this.#disk = rangesOf(words);
    else if (verb === "comes") return [this.#choice(zxidFrom(words[0]), words.includes("forced"))];
    else throw new Error(`unknown command ${verb}`);
    return [];
  }

  #logOf(words: string[]): CommittedLog {
    const log = new CommittedLog();
    for (const zxid of rangesOf(words)) {
      log.add({ zxid, data: new Uint8Array(0) });
      this.#at = zxid;
    }
    return log;
  }

  #choice(peerZxid: bigint, forceSnapshot: boolean): string {
    const disk = this.#disk;
    const { kind, zxid, proposals } = planSync(peerZxid, {
      lastProcessedZxid: this.#at,
      committedLog: this.#memory,
      forceSnapshot,
      fromDisk: (from) => {
        if (disk === null || !disk.some((each) => each <= from)) return null;
        const start = disk.findLastIndex((each) => each <= from);
        return disk.slice(start).map((each) => ({ zxid: each, data: new Uint8Array(0) }));
      },
    });
    const rest =
      proposals.length === 0 ? "" : ` with ${proposals.map((each) => zxidText(each.zxid)).join(" ")}`;
    return `${kind} ${zxidText(zxid)}${rest}`;
  }
}

/** `1:3-5 2:1` */
function rangesOf(words: string[]): bigint[] {
  return words.flatMap((word) => {
    const [from, last] = word.split("-");
    const first = zxidFrom(from);
    const count = last === undefined ? 1 : Number(last) - counterOf(first) + 1;
    return Array.from({ length: count }, (_, i) => zxidFrom(`${epochOf(first)}:${counterOf(first) + i}`));
  });
}
