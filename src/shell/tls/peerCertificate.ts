import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";

import { TlsError } from "./tlsError.ts";

/** Certificates of a peer's chain that are handed on. */
const CHAIN_MAX = 10;

/** DER of a peer's certificate and its issuers as far as they are known, the own one first. */
export function chainOf(certificate: X509Certificate | undefined): Uint8Array[] {
  const chain: Uint8Array[] = [];
  for (
    let link = certificate;
    link !== undefined && chain.length < CHAIN_MAX;
    link = link.issuerCertificate
  ) {
    chain.push(link.raw);
  }
  return chain;
}

/** Why the certificate of a connection is refused, in OpenSSL's code for it. */
export function certificateError(socket: TLSSocket): TlsError {
  const reason: unknown = socket.authorizationError;
  return new TlsError("ERR_TLS_PEER", `its certificate is not trusted (${String(reason)})`);
}

/** Why a handshake failed, in one short line: OpenSSL's reason without its function names and source lines. */
export function handshakeError(error: Error, socket: TLSSocket): TlsError {
  const authorization: unknown = socket.authorizationError;
  if (authorization !== null && authorization !== undefined) return certificateError(socket);
  const reason: unknown = Reflect.get(error, "reason") ?? Reflect.get(error, "code");
  if (reason === "ERR_TLS_HANDSHAKE_TIMEOUT") return new TlsError("ERR_TLS_HANDSHAKE", "handshake timed out");
  if (reason === "ECONNRESET") return new TlsError("ERR_TLS_HANDSHAKE", "closed before the handshake ended");
  return new TlsError("ERR_TLS_HANDSHAKE", typeof reason === "string" ? reason : error.message);
}
