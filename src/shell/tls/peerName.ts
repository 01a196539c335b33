import { X509Certificate } from "node:crypto";
import { lookup, lookupService } from "node:dns/promises";
import { isIP } from "node:net";

import { TlsError } from "./tlsError.ts";
import { commonName } from "./x500Name.ts";

/** The host name of an address, or undefined; a name is only believed if it leads back to the address. */
export type ReverseLookup = (address: string) => Promise<string | undefined>;

/** Names that are known to lead to an address, as those of a configuration. */
export type NamesLookup = (address: string) => Promise<readonly string[]>;

/**
 * Whether a certificate is for this address or host name, by the rules of Apache's ZKHostnameVerifier: subject
 * alternative names decide alone if there is one for a host or address, else the common name does; `*` stands for one
 * label.
 */
export function certificateIsFor(certificate: X509Certificate, host: string): boolean {
  const named = /(^|, )(DNS|IP Address):/.test(certificate.subjectAltName ?? "");
  if (isIP(host) !== 0) {
    if (named) return certificate.checkIP(host) !== undefined;
    return commonName(certificate.raw)?.toLowerCase() === host.toLowerCase();
  }
  return certificate.checkHost(host, { subject: named ? "never" : "always" }) !== undefined;
}

/**
 * Checks that a connected peer's certificate is for its address, for one of the names that are `known` to lead there, or
 * for the name of that address if `reverse` is given.
 * Throws {@link TlsError} ERR_TLS_PEER.
 *
 * DIFFERS: on the client port Apache compares every certificate with 127.0.0.1 (fips-mode off) or with no name at all
 * (on), since it never tells its TLS engine who connected.
 */
export async function checkPeerName(
  certificate: X509Certificate,
  remoteAddress: string,
  reverse: ReverseLookup | undefined,
  known?: NamesLookup,
): Promise<void> {
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, "");
  if (certificateIsFor(certificate, address)) return;
  const names = [...((await known?.(address)) ?? [])];
  if (names.some((name) => certificateIsFor(certificate, name))) return;
  const host = await reverse?.(address);
  if (host !== undefined && certificateIsFor(certificate, host)) return;
  const tried = new Set([address, ...names, ...(host === undefined ? [] : [host])]);
  throw new TlsError("ERR_TLS_PEER", `its certificate is not for ${[...tried].join(" or ")}`);
}

/** The system's resolver, hosts file included, as Java's InetAddress.getHostName. */
export const reverseDnsLookup: ReverseLookup = async (address) => {
  try {
    const { hostname } = await lookupService(address, 0);
    const forward = await lookup(hostname, { all: true });
    return forward.some((entry) => entry.address === address) ? hostname : undefined;
  } catch {
    return undefined;
  }
};
