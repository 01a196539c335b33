import { createHash } from "node:crypto";
import { SaslNegotiation } from "../../src/core/auth/sasl/saslNegotiation.ts";
import type { ServerOptions } from "../../src/core/server/serverOptions.ts";
import { requestThrottleDefaults } from "../../src/core/throttle/requestThrottle.ts";
import type { SeededRandom } from "../simulation/random.ts";
import { serverOptionsOf } from "../support/coreHarness.ts";
import { nodeDigests } from "../unit/core/auth/nodeDigests.ts";

/** What the healthy session authenticates with; it is a super user, so that no stray ACL can stop it. */
export const superAuth = "super:fuzz";

/** A server of any configuration that keys allow. */
export function randomOptions(random: SeededRandom): ServerOptions {
  const digest = createHash("sha1").update(superAuth).digest("base64");
  const options = serverOptionsOf({
    maxClientCnxns: 0,
    globalOutstandingLimit: random.chance(0.2) ? 3 : 1000,
    largeRequestThresholdBytes: random.chance(0.2) ? 100 : -1,
    containerMaxNeverUsedMs: random.chance(0.3) ? 1000 : 0,
    requestThrottle: {
      ...requestThrottleDefaults,
      maxRequests: random.chance(0.2) ? 20 : 0,
      dropStale: random.chance(0.5),
      throttledOpWaitTimeMs: random.chance(0.3) ? 10 : 0,
    },
    prep: {
      skipAcl: random.chance(0.2),
      enforceQuota: random.chance(0.5),
      extendedTypesEnabled: random.chance(0.7),
      emulate353TTLNodes: random.chance(0.2),
      reconfigEnabled: random.chance(0.3),
      closeSessionTxnEnabled: random.chance(0.8),
      digestEnabled: random.chance(0.9),
    },
    auth: {
      superDigest: `super:${digest}`,
      enforceAuthEnabled: random.chance(0.1),
      enforceAuthSchemes: ["digest"],
      saslEnabled: true,
    },
  });
  let nonces = 0;
  const sasl = new SaslNegotiation({
    passwords: new Map([["bob", "secret"]]),
    superUsers: [],
    allowFailedClients: random.chance(0.5),
    required: options.enforcement.saslRequired,
    digests: nodeDigests,
    nextNonce: () => `nonce${nonces++}`,
  });
  return { ...options, sasl };
}
