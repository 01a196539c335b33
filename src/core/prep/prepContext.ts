import type { ErrorCode } from "../../../protocol/errors.ts";
import type { ACL } from "../../../protocol/records/client.ts";
import type { AuthId } from "../auth/authId.ts";
import type { PreparedOp } from "../txns/txnOp.ts";
import type { Ensemble } from "../server/place.ts";
import type { OutstandingChanges } from "./outstandingChanges.ts";
import type { DataTree } from "../tree/dataTree.ts";

/** Settings that decide what a write may do. All but reconfigEnabled must be equal on all members of an ensemble. */
export interface PrepSettings {
  readonly skipAcl: boolean;
  readonly enforceQuota: boolean;
  readonly extendedTypesEnabled: boolean;
  readonly emulate353TTLNodes: boolean;
  readonly reconfigEnabled: boolean;
  readonly closeSessionTxnEnabled: boolean;
  /** jute.maxbuffer: what every member can read, log and send on. */
  readonly txnBytesMax: number;
  readonly digestEnabled: boolean;
}

/** Who asks for a write, and the place in history it will have. */
export interface WriteRequest {
  readonly sessionId: bigint;
  /** 0, or the code that the owner check of the session gave when the request reached prep. */
  readonly sessionError: number;
  /** The same for an ephemeral node, which a local session may not own. */
  readonly ephemeralError: number;
  readonly authIds: readonly AuthId[];
  readonly zxid: bigint;
  /** Wall clock, ms. */
  readonly time: bigint;
}

/** What the opcode files of `requests/` need from their surroundings. */
export interface PrepContext {
  readonly settings: PrepSettings;
  readonly tree: DataTree;
  readonly changes: OutstandingChanges;
  /** Null on a server alone. */
  readonly ensemble: Ensemble | null;
  /** Set while the process is near its memory limit: nothing may grow. */
  readonly memoryShort: boolean;
  /** Whether one of the ids holds one of the permissions (client.md section 11). */
  allows(acl: readonly ACL[], perms: number, ids: readonly AuthId[]): boolean;
  /** A list as it may be stored, or the error that it deserves. */
  fixAcl(acl: readonly ACL[] | null, ids: readonly AuthId[]): readonly ACL[] | number;
  /** A soft quota is exceeded or a hard one refused a write: for the log and the metrics. */
  quotaExceeded(path: string, prefix: string, message: string, hard: boolean): void;
}

/** A transaction to propose, or the code with which the write is refused. */
export type PrepResult = PreparedOp | ErrorCode;
