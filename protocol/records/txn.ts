import { boolean, buffer, int, long, record, ustring, vector, type Infer } from "../jute/schema.ts";
import { ACL } from "./client.ts";

/** Transactions as they stand in logs and proposals (org.apache.zookeeper.txn; disk.md section 3). */

/** 32 bytes in front of every transaction. */
export const TxnHeader = record("TxnHeader", {
  clientId: long,
  cxid: int,
  zxid: long,
  time: long,
  type: int,
});
export type TxnHeader = Infer<typeof TxnHeader>;

/** Tree digest after the transaction; the last 12 bytes of a logged transaction, if present. */
export const TxnDigest = record("TxnDigest", { version: int, treeDigest: long });
export type TxnDigest = Infer<typeof TxnDigest>;

/** TxnDigest.version of today's digest (DigestCalculator.DIGEST_VERSION; disk.md section 3). */
export const txnDigestVersion = 2;

export const CreateTxn = record("CreateTxn", {
  path: ustring,
  data: buffer,
  acl: vector(ACL),
  ephemeral: boolean,
  parentCVersion: int,
});
export type CreateTxn = Infer<typeof CreateTxn>;

/** The oldest form: parentCVersion is missing and means "parent's plus one". */
export const CreateTxnV0 = record("CreateTxnV0", {
  path: ustring,
  data: buffer,
  acl: vector(ACL),
  ephemeral: boolean,
});
export type CreateTxnV0 = Infer<typeof CreateTxnV0>;

export const CreateTTLTxn = record("CreateTTLTxn", {
  path: ustring,
  data: buffer,
  acl: vector(ACL),
  parentCVersion: int,
  ttl: long,
});
export type CreateTTLTxn = Infer<typeof CreateTTLTxn>;

export const CreateContainerTxn = record("CreateContainerTxn", {
  path: ustring,
  data: buffer,
  acl: vector(ACL),
  parentCVersion: int,
});
export type CreateContainerTxn = Infer<typeof CreateContainerTxn>;

export const DeleteTxn = record("DeleteTxn", { path: ustring });
export type DeleteTxn = Infer<typeof DeleteTxn>;

export const SetDataTxn = record("SetDataTxn", { path: ustring, data: buffer, version: int });
export type SetDataTxn = Infer<typeof SetDataTxn>;

export const CheckVersionTxn = record("CheckVersionTxn", { path: ustring, version: int });
export type CheckVersionTxn = Infer<typeof CheckVersionTxn>;

export const SetACLTxn = record("SetACLTxn", { path: ustring, acl: vector(ACL), version: int });
export type SetACLTxn = Infer<typeof SetACLTxn>;

export const CreateSessionTxn = record("CreateSessionTxn", { timeOut: int });
export type CreateSessionTxn = Infer<typeof CreateSessionTxn>;

/** Ephemerals that go with the session; absent as a whole in logs of older or differently set servers. */
export const CloseSessionTxn = record("CloseSessionTxn", { paths2Delete: vector(ustring) });
export type CloseSessionTxn = Infer<typeof CloseSessionTxn>;

/** A refused write: it takes a zxid and carries no digest. */
export const ErrorTxn = record("ErrorTxn", { err: int });
export type ErrorTxn = Infer<typeof ErrorTxn>;

/** One operation of a multi: `data` is the record of its type. */
export const Txn = record("Txn", { type: int, data: buffer });
export type Txn = Infer<typeof Txn>;

export const MultiTxn = record("MultiTxn", { txns: vector(Txn) });
export type MultiTxn = Infer<typeof MultiTxn>;
