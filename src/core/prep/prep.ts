import { ErrorCode } from "../../../protocol/errors.ts";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import type { JuteReader } from "../../../protocol/jute/reader.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import {
  type ACL,
  CreateRequest,
  CreateSessionRequest,
  CreateTTLRequest,
  DeleteContainerRequest,
  DeleteRequest,
  ReconfigRequest,
  SetACLRequest,
  SetDataRequest,
} from "../../../protocol/records/client.ts";
import type { AccessControl } from "../auth/accessControl.ts";
import type { AuthId } from "../auth/authId.ts";
import { prepareCloseSession } from "../requests/closeSession.ts";
import { prepareCreate } from "../requests/create.ts";
import { prepareDelete, prepareDeleteContainer } from "../requests/delete.ts";
import { prepareMulti, readMultiOps } from "../requests/multi.ts";
import { prepareSetAcl } from "../requests/setAcl.ts";
import { prepareSetData } from "../requests/setData.ts";
import type { DataTree } from "../tree/dataTree.ts";
import { errorOp, type TxnOp } from "../txns/txnOp.ts";
import { prepareReconfig } from "../requests/reconfig.ts";
import type { Ensemble } from "../server/place.ts";
import { OutstandingChanges } from "./outstandingChanges.ts";
import type { PrepContext, PrepResult, PrepSettings, WriteRequest } from "./prepContext.ts";

/** What is known of a write before its body is read. */
export interface Submission {
  readonly type: number;
  readonly sessionId: bigint;
  readonly sessionError: number;
  /** As `WriteRequest.ephemeralError`. */
  readonly ephemeralError: number;
  readonly authIds: readonly AuthId[];
  /** Wall clock, ms. */
  readonly time: bigint;
  /** False for the server's own requests (containers, expiry). */
  readonly fromClient: boolean;
}

/** Hears of quotas: `hard` says that the write to `path` was refused, else a soft one was passed. */
export interface QuotaSink {
  exceeded(path: string, prefix: string, message: string, hard: boolean): void;
}

/**
 * The first stage of a write on the leader: turns a request into a transaction, checked against the tree as it will
 * be once all earlier proposals are applied, and gives it its zxid. A refused write becomes an error transaction and
 * takes a zxid as well (client.md section 5).
 */
export class Prep implements PrepContext {
  readonly settings: PrepSettings;
  readonly tree: DataTree;
  readonly changes: OutstandingChanges;
  readonly ensemble: Ensemble | null;
  readonly #access: AccessControl;
  readonly #quotas: QuotaSink;
  memoryShort = false;
  /** Zxid of the newest proposal. */
  lastZxid: bigint;

  constructor(
    settings: PrepSettings,
    tree: DataTree,
    access: AccessControl,
    lastZxid: bigint,
    quotas: QuotaSink,
    ensemble: Ensemble | null = null,
  ) {
    this.ensemble = ensemble;
    this.settings = settings;
    this.tree = tree;
    this.changes = new OutstandingChanges(tree, settings.digestEnabled);
    this.#access = access;
    this.lastZxid = lastZxid;
    this.#quotas = quotas;
  }

  allows(acl: readonly ACL[], perms: number, ids: readonly AuthId[]): boolean {
    return this.#access.allows(acl, perms, ids);
  }

  fixAcl(acl: readonly ACL[] | null, ids: readonly AuthId[]): readonly ACL[] | number {
    return this.#access.fixAcl(acl, ids);
  }

  quotaExceeded(path: string, prefix: string, message: string, hard: boolean): void {
    this.#quotas.exceeded(path, prefix, message, hard);
  }

  /**
   * The transaction of a request, whose zxid is `lastZxid` afterwards. Null, and no zxid used, for a single write
   * whose body cannot be read: its answer is MARSHALLINGERROR.
   */
  prepare(submission: Submission, reader: JuteReader): TxnOp | null {
    try {
      const prepared = this.#prepareBody(submission, reader);
      return typeof prepared === "number" ? errorOp(prepared) : prepared;
    } catch (error) {
      if (error instanceof JuteError) return null;
      throw error;
    }
  }

  #take(submission: Submission): WriteRequest {
    this.lastZxid += 1n;
    const { sessionId, sessionError, ephemeralError, authIds, time } = submission;
    return { sessionId, sessionError, ephemeralError, authIds, zxid: this.lastZxid, time };
  }

  #prepareBody(submission: Submission, reader: JuteReader): PrepResult {
    switch (submission.type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer: {
        const create = CreateRequest.read(reader);
        return prepareCreate(this, this.#take(submission), submission.type, create, -1n);
      }
      case OpCode.createTTL: {
        const create = CreateTTLRequest.read(reader);
        return prepareCreate(this, this.#take(submission), submission.type, create, create.ttl);
      }
      case OpCode.delete: {
        const deletion = DeleteRequest.read(reader);
        return prepareDelete(this, this.#take(submission), deletion);
      }
      case OpCode.deleteContainer: {
        const { path } = DeleteContainerRequest.read(reader);
        // Seen on Apache: unlike in the other writes a null path here is refused before a zxid is taken.
        if (path === null)
          throw new JuteError("VALUE", reader.position, "null", "DeleteContainerRequest.path");
        return prepareDeleteContainer(this, this.#take(submission), path, submission.fromClient);
      }
      case OpCode.setData: {
        const change = SetDataRequest.read(reader);
        return prepareSetData(this, this.#take(submission), change);
      }
      case OpCode.setACL: {
        const change = SetACLRequest.read(reader);
        return prepareSetAcl(this, this.#take(submission), change);
      }
      case OpCode.multi: {
        const ops = readMultiOps(reader);
        return prepareMulti(this, this.#take(submission), ops);
      }
      case OpCode.reconfig: {
        const reconfig = ReconfigRequest.read(reader);
        return prepareReconfig(this, this.#take(submission), reconfig);
      }
      case OpCode.createSession: {
        // Takes its zxid before the body is read, so that even a body that cannot be read has one.
        this.#take(submission);
        // A client may send it too: behind its own closeSession it would leave a session that nobody watches over.
        if (submission.sessionError !== 0) return submission.sessionError as ErrorCode;
        if (reader.remaining < 4) return ErrorCode.MARSHALLINGERROR;
        return { type: OpCode.createSession, record: CreateSessionRequest.read(reader) };
      }
      case OpCode.closeSession:
        return prepareCloseSession(this, this.#take(submission));
      default:
        return ErrorCode.UNIMPLEMENTED;
    }
  }
}
