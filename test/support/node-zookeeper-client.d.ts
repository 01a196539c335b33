/** The part of node-zookeeper-client 1.1 that the tests use; the package has no types of its own. 64-bit fields are 8-byte buffers. */
declare module "node-zookeeper-client" {
  import type { EventEmitter } from "node:events";
  import type { Socket } from "node:net";

  export interface Stat {
    readonly czxid: Buffer;
    readonly mzxid: Buffer;
    readonly pzxid: Buffer;
    readonly ctime: Buffer;
    readonly mtime: Buffer;
    readonly version: number;
    readonly cversion: number;
    readonly aversion: number;
    readonly ephemeralOwner: Buffer;
    readonly dataLength: number;
    readonly numChildren: number;
  }

  export class Id {
    constructor(scheme: string, id: string);
    readonly scheme: string;
    readonly id: string;
    static readonly ANYONE_ID_UNSAFE: Id;
    static readonly AUTH_IDS: Id;
  }

  export class ACL {
    constructor(permission: number, id: Id);
    readonly permission: number;
    readonly id: Id;
    static readonly OPEN_ACL_UNSAFE: readonly ACL[];
    static readonly CREATOR_ALL_ACL: readonly ACL[];
    static readonly READ_ACL_UNSAFE: readonly ACL[];
  }

  export interface Event {
    readonly type: number;
    readonly name: string;
    readonly path: string;
  }

  export class Exception extends Error {
    readonly code: number;
    readonly path?: string;
    getCode(): number;
    static readonly CONNECTION_LOSS: number;
    static readonly BAD_ARGUMENTS: number;
    static readonly NO_NODE: number;
    static readonly NO_AUTH: number;
    static readonly BAD_VERSION: number;
    static readonly NO_CHILDREN_FOR_EPHEMERALS: number;
    static readonly NODE_EXISTS: number;
    static readonly NOT_EMPTY: number;
    static readonly SESSION_EXPIRED: number;
    static readonly INVALID_ACL: number;
    static readonly AUTH_FAILED: number;
  }

  type Watcher = (event: Event) => void;
  type Callback<T extends readonly unknown[]> = (error: Exception | null | undefined, ...results: T) => void;

  /** A version that is falsy, 0 too, means any version here: the library writes `version || -1`. */
  export interface Transaction {
    create(path: string, data?: Buffer | null, acls?: readonly ACL[], mode?: number): this;
    check(path: string, version?: number): this;
    setData(path: string, data: Buffer | null, version?: number): this;
    remove(path: string, version?: number): this;
    commit(callback: Callback<[results: readonly OpResult[] | undefined]>): void;
  }

  /** `type` is the opcode, -1 for an error with `err` set. */
  export interface OpResult {
    readonly type: number;
    readonly err?: number;
    readonly path?: string;
    readonly stat?: Stat;
  }

  export interface Client extends EventEmitter {
    /** Not documented: what reconnects. */
    readonly connectionManager: { connect(): void; readonly socket?: Socket };
    connect(): void;
    close(): void;
    getState(): State;
    getSessionId(): Buffer;
    getSessionPassword(): Buffer;
    getSessionTimeout(): number;
    addAuthInfo(scheme: string, auth: Buffer): void;
    create(
      path: string,
      data: Buffer | null,
      acls: readonly ACL[],
      mode: number,
      callback: Callback<[path: string]>,
    ): void;
    remove(path: string, version: number, callback: Callback<[]>): void;
    exists(path: string, watcher: Watcher | undefined, callback: Callback<[stat: Stat | null]>): void;
    getData(
      path: string,
      watcher: Watcher | undefined,
      callback: Callback<[data: Buffer | undefined, stat: Stat]>,
    ): void;
    setData(path: string, data: Buffer | null, version: number, callback: Callback<[stat: Stat]>): void;
    getACL(path: string, callback: Callback<[acls: readonly ACL[], stat: Stat]>): void;
    setACL(path: string, acls: readonly ACL[], version: number, callback: Callback<[stat: Stat]>): void;
    getChildren(
      path: string,
      watcher: Watcher | undefined,
      callback: Callback<[children: readonly string[], stat: Stat]>,
    ): void;
    mkdirp(path: string, callback: Callback<[path: string]>): void;
    removeRecursive(path: string, version: number, callback: Callback<[]>): void;
    transaction(): Transaction;
  }

  export interface ClientOptions {
    readonly sessionTimeout?: number;
    readonly spinDelay?: number;
    readonly retries?: number;
    readonly sessionId?: Buffer;
    readonly sessionPassword?: Buffer;
  }

  export interface State {
    readonly name: string;
    readonly code: number;
  }

  export const State: { readonly SYNC_CONNECTED: State };
  export const CreateMode: {
    readonly PERSISTENT: 0;
    readonly EPHEMERAL: 1;
    readonly PERSISTENT_SEQUENTIAL: 2;
    readonly EPHEMERAL_SEQUENTIAL: 3;
  };
  export const Permission: {
    readonly READ: 1;
    readonly WRITE: 2;
    readonly CREATE: 4;
    readonly DELETE: 8;
    readonly ADMIN: 16;
    readonly ALL: 31;
  };
  export function createClient(connectString: string, options?: ClientOptions): Client;
}
