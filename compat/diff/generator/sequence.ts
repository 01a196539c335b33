import { SeededRandom } from "../../../test/simulation/random.ts";
import type { Request, Step } from "../steps.ts";
import { pick } from "./choose.ts";
import { withheldBy, type ExclusionName } from "../exclusions.ts";
import { Model, Perm, type Caller } from "./model.ts";

/** A connection as the generator believes it to be. */
export interface ModelConn extends Caller {
  readonly number: number;
  readonly ids: { readonly scheme: string; readonly id: string }[];
  /** Paths on which it has asked for watches, to be set again after a reconnect. */
  readonly watched: string[];
}

export type RequestMaker = (sequence: Sequence, conn: ModelConn) => Request;

/** A sequence under construction: the steps so far, and what they are believed to have led to. */
export class Sequence {
  readonly random: SeededRandom;
  readonly model = new Model();
  readonly steps: Step[] = [];
  /** Open connections. */
  conns: ModelConn[] = [];
  /** Sessions without an open connection, each with the connection that it had last. */
  idle: ModelConn[] = [];
  /** Exclusions for whose sake a request was left out. */
  readonly withheld: ExclusionName[] = [];
  /** Containers by flag or by opcode alone. */
  readonly oddContainers: boolean;
  #nextConn = 1;

  constructor(seed: number, oddContainers: boolean) {
    this.oddContainers = oddContainers;
    this.random = new SeededRandom(seed);
  }

  freshNumber(): number {
    return this.#nextConn++;
  }

  anyConn(): ModelConn {
    return pick(this.random, this.conns);
  }

  /** Opens a connection with a session of its own. */
  openNew(timeoutMs: number): ModelConn {
    const number = this.freshNumber();
    this.steps.push({ kind: "open", conn: number, resume: null, timeoutMs });
    return this.joined(number, number);
  }

  joined(number: number, session: number): ModelConn {
    const conn: ModelConn = { number, session, ids: [], watched: [] };
    this.conns.push(conn);
    return conn;
  }

  /** The connection is no longer there; its session is. */
  parted(conn: ModelConn): void {
    this.conns = this.conns.filter((one) => one !== conn);
    this.idle.push(conn);
  }

  /** The session is over, and its connection with it. */
  ended(conn: ModelConn): void {
    this.conns = this.conns.filter(({ session }) => session !== conn.session);
    this.idle = this.idle.filter(({ session }) => session !== conn.session);
    this.model.endSession(conn.session);
  }

  /** Sends the requests in one write, but for those that must not be sent, or not together. */
  send(conn: ModelConn, requests: readonly Request[], hold = false): void {
    if (requests.length > 1 && this.model.hasQuota()) {
      this.withheld.push("requests below a quota in one write");
      for (const request of requests) this.send(conn, [request], hold);
      return;
    }
    const sent: Request[] = [];
    for (const request of requests) if (this.#maySend(request, sent, conn)) sent.push(request);
    this.steps.push({ kind: "send", conn: conn.number, requests: sent, ...(hold ? { hold } : {}) });
    for (const request of sent) if (request.cut === undefined) this.model.apply(request, conn);
  }

  /** Sends what ends the connection and changes nothing else. */
  sendLast(conn: ModelConn, request: Request): void {
    this.steps.push({ kind: "send", conn: conn.number, requests: [request] });
  }

  #maySend(request: Request, before: readonly Request[], conn: ModelConn): boolean {
    const reason = withheldBy(request, before, (path) => this.model.may(conn, path, Perm.DELETE));
    if (reason !== null) this.withheld.push(reason);
    return reason === null;
  }
}
