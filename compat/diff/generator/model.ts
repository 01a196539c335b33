import type { AclEntry, AclText, CreateFields, MultiOp, PlainRequest } from "../steps.ts";

/** What the generator believes about a znode. */
export interface ModelNode {
  version: number;
  aversion: number;
  /** Creates below it: the next sequence number. */
  creates: number;
  children: number;
  acl: readonly AclEntry[];
  /** The session that owns an ephemeral. */
  readonly owner: number | null;
}

/** Who asks: the session and the ids of its connection. */
export interface Caller {
  readonly session: number;
  readonly ids: readonly { readonly scheme: string; readonly id: string }[];
}

export const Perm = { READ: 1, WRITE: 2, CREATE: 4, DELETE: 8, ADMIN: 16 } as const;

export const openAcl: readonly AclEntry[] = [{ perms: 31, scheme: "world", id: "anyone" }];

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/**
 * The tree as the generator believes it to be. It steers towards requests that mean something and decides nothing: where
 * it is wrong, requests only become less interesting.
 */
export class Model {
  readonly nodes = new Map<string, ModelNode>();
  /** Paths that were there once. */
  readonly removed: string[] = [];

  constructor() {
    for (const path of ["$R", "/zookeeper"]) this.#put(path, openAcl, null);
  }

  paths(): string[] {
    return [...this.nodes.keys()].filter((path) => path.startsWith("$R"));
  }

  hasQuota(): boolean {
    return [...this.nodes.keys()].some((path) => path.endsWith("/zookeeper_limits"));
  }

  ephemerals(session: number): string[] {
    return [...this.nodes].filter(([, { owner }]) => owner === session).map(([path]) => path);
  }

  may(caller: Caller, path: string, perm: number): boolean {
    const node = this.nodes.get(path);
    if (node === undefined || caller.ids.some(({ scheme }) => scheme === "super")) return true;
    return node.acl.some(
      ({ perms, scheme, id }) =>
        (perms & perm) !== 0 &&
        (scheme === "world" ||
          (scheme === "ip" && id?.startsWith("127.") === true) ||
          caller.ids.some((own) => own.scheme === scheme && own.id === id)),
    );
  }

  /** Takes over what the request would do, if it would. */
  apply(request: PlainRequest | MultiOp, caller: Caller): void {
    switch (request.op) {
      case "create":
      case "create2":
      case "createContainer":
      case "createTTL":
        return this.#create(request, caller);
      case "delete":
        return this.#delete(request.path, request.version, caller);
      case "deleteContainer":
        return this.#remove(request.path);
      case "setData": {
        const node = this.#find(request.path, request.version, (found) => found.version);
        if (node !== null && this.may(caller, request.path ?? "", Perm.WRITE)) node.version++;
        return;
      }
      case "setACL": {
        const node = this.#find(request.path, request.version, (found) => found.aversion);
        if (node === null || !this.may(caller, request.path ?? "", Perm.ADMIN)) return;
        const acl = expanded(request.acl, caller);
        if (acl.length === 0) return;
        node.acl = acl;
        node.aversion++;
        return;
      }
      case "multi":
        for (const op of request.ops) this.apply(op, caller);
        return;
      default:
        return;
    }
  }

  /** The session is over, and its ephemerals with it. */
  endSession(session: number): void {
    for (const path of this.ephemerals(session)) this.#remove(path);
  }

  #find(path: string | null, version: number, of: (node: ModelNode) => number): ModelNode | null {
    const node = this.nodes.get(path ?? "");
    return node !== undefined && (version === -1 || version === of(node)) ? node : null;
  }

  #create({ path, acl, flags }: CreateFields, caller: Caller): void {
    if (path === null || flags < 0 || flags > 6) return;
    const parentPath = parentOf(path);
    const parent = this.nodes.get(parentPath);
    if (parent === undefined || parent.owner !== null || !this.may(caller, parentPath, Perm.CREATE)) return;
    const sequential = flags === 2 || flags === 3 || flags === 6;
    const full = sequential ? path + String(parent.creates).padStart(10, "0") : path;
    const list = expanded(acl, caller);
    if (this.nodes.has(full) || list.length === 0) return;
    parent.creates++;
    parent.children++;
    this.#put(full, list, flags === 1 || flags === 3 ? caller.session : null);
  }

  #put(path: string, acl: readonly AclEntry[], owner: number | null): void {
    this.nodes.set(path, { version: 0, aversion: 0, creates: 0, children: 0, acl, owner });
  }

  #delete(path: string | null, version: number, caller: Caller): void {
    if (this.#find(path, version, (found) => found.version) === null) return;
    if (path !== null && this.may(caller, parentOf(path), Perm.DELETE)) this.#remove(path);
  }

  #remove(path: string | null): void {
    const node = this.nodes.get(path ?? "");
    if (path === null || path === "$R" || node === undefined || node.children > 0) return;
    this.nodes.delete(path);
    this.removed.push(path);
    const parent = this.nodes.get(parentOf(path));
    if (parent !== undefined) parent.children--;
  }
}

/** The list with `auth` replaced by the caller's ids. */
function expanded(acl: AclText, caller: Caller): readonly AclEntry[] {
  return (acl ?? []).flatMap((entry) =>
    entry.scheme === "auth"
      ? caller.ids.filter(({ scheme }) => scheme === "digest").map((id) => ({ perms: entry.perms, ...id }))
      : [entry],
  );
}
