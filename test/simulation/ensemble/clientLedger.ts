/** What all clients of a run were told together: writes take their place in one order, and the order of asking counts. */
export class ClientLedger {
  /** The newest write that anybody was told of. */
  newestAcked = 0n;
  /** The node that all clients write and watch: versions that were seen, by the zxid of the write. */
  readonly #versionByMzxid = new Map<bigint, number>();
  readonly #violated: (text: string) => void;

  constructor(violated: (text: string) => void) {
    this.#violated = violated;
  }

  /** A write was acknowledged; `floor` is `newestAcked` of the time when it was asked for. */
  wrote(name: string, zxid: bigint, floor: bigint): void {
    if (zxid <= floor)
      this.#violated(
        `${name}: a write is ${hex(zxid)}; ${hex(floor)} was acknowledged before it was asked for`,
      );
    if (zxid > this.newestAcked) this.newestAcked = zxid;
  }

  /** A read behind a sync shows everything that was acknowledged when the sync was asked for. */
  readBehindSync(name: string, zxid: bigint, floor: bigint): void {
    if (zxid < floor)
      this.#violated(`${name} reads at ${hex(zxid)} behind a sync; ${hex(floor)} was acknowledged before`);
  }

  sawShared(name: string, mzxid: bigint, version: number): void {
    const known = this.#versionByMzxid.get(mzxid);
    if (known !== undefined && known !== version)
      this.#violated(`${name} sees version ${version} of the shared node at ${hex(mzxid)}, others ${known}`);
    this.#versionByMzxid.set(mzxid, version);
  }

  /** Versions count the writes in their order. */
  check(): void {
    const seen = [...this.#versionByMzxid].sort(([one], [other]) => (one < other ? -1 : 1));
    for (const [i, [mzxid, version]] of seen.entries())
      if (i > 0 && version <= seen[i - 1][1])
        this.#violated(`version ${version} of the shared node at ${hex(mzxid)} is behind ${seen[i - 1][1]}`);
  }
}

function hex(zxid: bigint): string {
  return `0x${zxid.toString(16)}`;
}
