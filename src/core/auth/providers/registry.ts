import type { AuthSettings, RegisteredProvider } from "../authSettings.ts";
import type { Digests } from "../digests.ts";
import { DigestProvider } from "./digest.ts";
import { EnsembleProvider } from "./ensemble.ts";
import { ipProvider } from "./ip.ts";
import type { AuthProvider } from "./provider.ts";
import { SaslProvider } from "./sasl.ts";
import { X509Provider } from "./x509.ts";

const packageName = "org.apache.zookeeper.server.auth.";

/**
 * The providers by scheme (ProviderRegistry): ip always, digest unless it is switched off, and those of authProvider.*.
 * Throws an Error that names the key if a class is unknown: Apache logs a warning and goes on without the scheme,
 * which shuts out its users in silence.
 */
export function createProviders(settings: AuthSettings, digests: Digests): ReadonlyMap<string, AuthProvider> {
  const digest = (): AuthProvider => new DigestProvider(digests, settings.digestAlg, settings.superDigest);
  const providers = new Map<string, AuthProvider>([["ip", ipProvider]]);
  if (settings.digestEnabled) providers.set("digest", digest());
  for (const registered of settings.registeredProviders) {
    const provider = createProvider(registered, settings, digest);
    providers.set(provider.scheme, provider);
  }
  return providers;
}

function createProvider(
  registered: RegisteredProvider,
  settings: AuthSettings,
  digest: () => AuthProvider,
): AuthProvider {
  const { key, className } = registered;
  switch (className) {
    case `${packageName}IPAuthenticationProvider`:
      return ipProvider;
    case `${packageName}DigestAuthenticationProvider`:
      return digest();
    case `${packageName}SASLAuthenticationProvider`:
      return new SaslProvider(settings.letAnySaslUserDoX);
    case `${packageName}X509AuthenticationProvider`:
      return new X509Provider(settings.x509SuperUser);
    case `${packageName}EnsembleAuthenticationProvider`:
      return new EnsembleProvider(settings.ensembleAuthNames);
    case `${packageName}KeyAuthenticationProvider`:
      throw new Error(
        `${key}: ${className} is an example that reads its key from the znode /key, and is not provided; remove the key`,
      );
    default:
      throw new Error(
        `${key}: unknown class ${JSON.stringify(className)}; Java classes cannot be loaded, so name one of ` +
          `${packageName}{SASL,X509,Digest,IP,Ensemble}AuthenticationProvider or remove the key`,
      );
  }
}
