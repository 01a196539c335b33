import type { ACL } from "../../../protocol/records/client.ts";
import { statBytes } from "../tree/statLayout.ts";

/** `ChangeRecord.zxid` of a record that was just read from the tree and belongs to no proposal. */
export const fromTree = -1n;

/**
 * How a znode will be once the proposals up to `zxid` are applied (PrepRequestProcessor's ChangeRecord). A null
 * `stat` means deleted. Records of proposals are never changed again: `own` gives a copy to the next one.
 */
export class ChangeRecord {
  readonly zxid: bigint;
  readonly path: string;
  readonly stat: Uint8Array | null;
  childCount: number;
  acl: readonly ACL[];
  data: Uint8Array | null;
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
    data: Uint8Array | null,
    digest: number,
  ) {
    this.zxid = zxid;
    this.path = path;
    this.stat = stat;
    this.childCount = childCount;
    this.acl = acl;
    this.data = data;
    this.digest = digest;
  }

  /** A copy that belongs to the proposal `zxid` and may be changed until it is added to the outstanding changes. */
  copyFor(zxid: bigint): ChangeRecord {
    const stat = this.stat === null ? null : this.stat.slice(0, statBytes);
    const copy = new ChangeRecord(zxid, this.path, stat, this.childCount, this.acl, this.data, this.digest);
    copy.refusesChildren = this.refusesChildren;
    return copy;
  }
}
