import { subjectRfc2253 } from "./x500Name.ts";

/** An id that TLS puts on a connection. */
export interface TlsIdentity {
  readonly scheme: "x509" | "super";
  readonly id: string;
}

/**
 * The ids that Apache's X509AuthenticationProvider gives to a connection whose certificate is trusted: `x509` with the
 * subject, and before it `super` if the subject equals `X509AuthenticationProvider.superUser`. Without a certificate
 * (clientAuth WANT or NONE) there are none, and the connection is served all the same.
 *
 * @param certificate DER of the peer's own certificate, already verified
 */
export function x509Identities(
  certificate: Uint8Array | undefined,
  superUser: string | undefined,
): TlsIdentity[] {
  if (certificate === undefined) return [];
  const id = subjectRfc2253(certificate);
  const identity: TlsIdentity = { scheme: "x509", id };
  return id === superUser ? [{ scheme: "super", id }, identity] : [identity];
}
