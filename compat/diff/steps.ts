/**
 * What a sequence is made of, as plain JSON, so that a case can be kept in a file. `$R` in a path stands for the root of
 * the sequence: another one at each replay.
 */

export type PathText = string | null;

export interface AclEntry {
  readonly perms: number;
  readonly scheme: string | null;
  readonly id: string | null;
}

export type AclText = readonly AclEntry[] | null;

/** What setWatches and a reconnect say they have seen: what connection `conn` had last, nothing, or more than there is. */
export type Seen = { readonly conn: number } | "zero" | "ahead";

export interface CreateFields {
  readonly path: PathText;
  readonly data: string | null;
  readonly acl: AclText;
  readonly flags: number;
}

/** A request that changes the tree, alone or in a multi. */
export type WriteRequest =
  | ({ readonly op: "create" | "create2" | "createContainer" } & CreateFields)
  | ({ readonly op: "createTTL"; readonly ttl: number } & CreateFields)
  | { readonly op: "delete" | "check"; readonly path: PathText; readonly version: number }
  | {
      readonly op: "setData";
      readonly path: PathText;
      readonly data: string | null;
      readonly version: number;
    }
  | { readonly op: "setACL"; readonly path: PathText; readonly acl: AclText; readonly version: number }
  | { readonly op: "deleteContainer"; readonly path: PathText };

export type ReadRequest =
  | {
      readonly op: "exists" | "getData" | "getChildren" | "getChildren2";
      readonly path: PathText;
      readonly watch: boolean;
    }
  | {
      readonly op: "getACL" | "sync" | "getEphemerals" | "getAllChildrenNumber";
      readonly path: PathText;
    }
  | { readonly op: "whoAmI" };

export interface WatchLists {
  readonly data: readonly string[] | null;
  readonly exist: readonly string[] | null;
  readonly child: readonly string[] | null;
}

export type WatchRequest =
  | ({ readonly op: "setWatches"; readonly seen: Seen } & WatchLists)
  | ({
      readonly op: "setWatches2";
      readonly seen: Seen;
      readonly persistent: readonly string[] | null;
      readonly recursive: readonly string[] | null;
    } & WatchLists)
  | { readonly op: "addWatch"; readonly path: PathText; readonly mode: number }
  | { readonly op: "removeWatches" | "checkWatches"; readonly path: PathText; readonly type: number };

export type SessionRequest =
  | { readonly op: "auth"; readonly scheme: string | null; readonly auth: string | null }
  | { readonly op: "sasl"; readonly token: string | null }
  | { readonly op: "ping" | "closeSession" }
  | { readonly op: "createSession"; readonly timeOut: number }
  | {
      readonly op: "reconfig";
      readonly joining: string | null;
      readonly leaving: string | null;
      readonly newMembers: string | null;
      readonly configId: number;
    }
  | { readonly op: "raw"; readonly type: number; readonly hex: string };

export type MultiOp = WriteRequest | ReadRequest;

export type PlainRequest =
  | WriteRequest
  | ReadRequest
  | WatchRequest
  | SessionRequest
  | { readonly op: "multi" | "multiRead"; readonly ops: readonly MultiOp[]; readonly noEnd?: true };

/**
 * How a request is spoilt: an odd xid, only the first `cut` bytes of its body, or bytes (hex) behind it; `frame`: data
 * that makes its frame so many bytes long, the header included (create and setData only).
 */
export interface Spoil {
  readonly xid?: number;
  readonly cut?: number;
  readonly tail?: string;
  readonly frame?: number;
}

export type Request = PlainRequest & Spoil;

export interface OpenStep {
  readonly kind: "open";
  readonly conn: number;
  /** The connection that made the session; null makes a new one, known by this connection's number from then on. */
  readonly resume: number | null;
  readonly timeoutMs: number;
  readonly password?: "wrong" | "none";
  readonly seen?: Seen;
  readonly readOnly?: "yes" | "absent";
}

export interface SendStep {
  readonly kind: "send";
  readonly conn: number;
  /** All in one write. */
  readonly requests: readonly Request[];
  /** Nodes that are about to be removed by the server are not waited for: more belongs to it. */
  readonly hold?: true;
}

export type Step =
  | OpenStep
  | SendStep
  /** The client drops its socket; the session lives on. */
  | { readonly kind: "drop"; readonly conn: number }
  /** The session is left alone until both servers have expired it: `silent` with an open connection, else without one. */
  | { readonly kind: "expire"; readonly conn: number; readonly session: number; readonly silent: boolean }
  | { readonly kind: "restart"; readonly signal: "SIGKILL" | "SIGTERM" }
  | { readonly kind: "pause"; readonly ms: number; readonly hold?: true };

/** A sequence that is kept: it was a difference once and is none any more. */
export interface Case {
  readonly name: string;
  readonly why: string;
  /** The begin of the root's name, on whose hash some orders depend. */
  readonly family: string;
  /** Lines of zoo.cfg beside the usual ones. */
  readonly keys?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}
