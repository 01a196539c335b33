import { anonymousObserverSid, type InitialMessage } from "../../../protocol/records/election.ts";

/** What an acceptor does with a connection whose initial message says who calls. */
export type Admission =
  /** Keep it, in place of an older one of that server. */
  | { readonly kind: "keep"; readonly sid: bigint }
  /** The larger id dials: close it and any older one of that server, and call back at the configured address. */
  | { readonly kind: "dialBack"; readonly sid: bigint }
  /** Close it and answer nothing. */
  | { readonly kind: "refuse"; readonly reason: string }
  /** This server's own id: the connection stays open, and silent, as Apache's does. */
  | { readonly kind: "silent" };

/** Two servers keep one election connection: the one that the larger id has dialled. */
export function keepsDialled(ownSid: bigint, dialledSid: bigint): boolean {
  return ownSid > dialledSid;
}

/**
 * Rules of peer.md 1.1. `isKnown`: whether the configuration, committed or last seen, names that server; the address
 * in the message of any other one is not dialled, which is where we are more careful than Apache. A larger unknown id
 * is kept and answered: a server that is to join learns the configuration that way. An observer of old that does not
 * say who it is cannot be called back, and finds no connection at Apache's either.
 */
export function admit(ownSid: bigint, { sid }: InitialMessage, isKnown: (sid: bigint) => boolean): Admission {
  if (sid === anonymousObserverSid) return { kind: "refuse", reason: "an observer without a server id" };
  if (sid === ownSid) return { kind: "silent" };
  if (sid > ownSid) return { kind: "keep", sid };
  if (isKnown(sid)) return { kind: "dialBack", sid };
  return { kind: "refuse", reason: `server ${sid} is not in the configuration and cannot be called back` };
}
