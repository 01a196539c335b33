import type { ACL } from "../../../protocol/records/client.ts";
import { Slab } from "../requests/slab.ts";
import { statBytes } from "../tree/statLayout.ts";

/** `ChangeRecord.zxid` of a record that was just read from the tree and belongs to no proposal. */
export const fromTree = -1n;

const stats = new Slab();

/** Bytes for a record's stat, whatever is in them. */
export function newStat(): Uint8Array {
  return stats.take(statBytes);
}

/**
 * How a znode will be once the proposals up to `zxid` are applied (PrepRequestProcessor's ChangeRecord). A null
 * `stat` means deleted. Records of proposals are never changed again: `copyFor` gives the next one a copy.
 */
export class ChangeRecord {
  zxid: bigint;
  readonly path: string;
  readonly stat: Uint8Array | null;
  childCount: number;
  acl: readonly ACL[];
  dataLength: number;
  /** `contentDigest` of path and data; means nothing where digests are off. */
  content: number;
  /** Digest of the node in this state, 0 when deleted. */
  digest: number;
  /** The record of the same path that this one took the place of; for the roll-back of a multi. */
  replaced: ChangeRecord | null = null;
  /** Made by a create with an ephemeral mode, whatever its opcode makes of it: no child until it is applied. */
  refusesChildren = false;

  constructor(
    zxid: bigint,
    path: string,
    stat: Uint8Array | null,
    childCount: number,
    acl: readonly ACL[],
    dataLength: number,
    content: number,
    digest: number,
  ) {
    this.zxid = zxid;
    this.path = path;
    this.stat = stat;
    this.childCount = childCount;
    this.acl = acl;
    this.dataLength = dataLength;
    this.content = content;
    this.digest = digest;
  }

  /**
   * A record that belongs to the proposal `zxid` and may be changed until it is added to the outstanding changes: this one
   * if it belongs to none, else a copy.
   */
  copyFor(zxid: bigint): ChangeRecord {
    if (this.zxid === fromTree) {
      this.zxid = zxid;
      return this;
    }
    let stat: Uint8Array | null = null;
    if (this.stat !== null) {
      stat = newStat();
      for (let i = 0; i < statBytes; i++) stat[i] = this.stat[i];
    }
    const copy = new ChangeRecord(
      zxid,
      this.path,
      stat,
      this.childCount,
      this.acl,
      this.dataLength,
      this.content,
      this.digest,
    );
    copy.refusesChildren = this.refusesChildren;
    return copy;
  }
}
