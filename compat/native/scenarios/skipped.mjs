const transactions = "the library has no transactions";
const persistent = "the library has no persistent watches";

/** What the library cannot do, and why. */
export const skipped = {
  "watches.persistent": persistent,
  "watches.persistent-recursive": persistent,
  "watches.remove": "the library cannot remove a watch",
  "multi.success": transactions,
  "multi.failures": transactions,
  "multi.read": transactions,
  "auth.sasl": "the library is built without SASL",
  "tls.server": "the library is built without TLS",
  "tls.client-cert": "the library is built without TLS",
};
