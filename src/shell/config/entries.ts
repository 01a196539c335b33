import { DOCUMENTED_ALIASES } from "./keyAliases.ts";
import { findKey, isForeignKey, propertyName, serverKeyNames } from "./keys.ts";
import type { Settings } from "./settings.ts";

/** One key of zoo.cfg, or of what stands for it; blanks around both are gone. */
export interface ConfigEntry {
  readonly key: string;
  readonly value: string;
  readonly origin: string;
}

/**
 * Lays the keys of zoo.cfg into the settings: by name, or as the property `zookeeper.<key>`, which then replaces one of
 * the command line (`QuorumPeerConfig.parseProperties` calls System.setProperty). Spellings that Apache ignores and we
 * take rank below those that it takes, so that no working configuration changes its meaning.
 */
export function applyEntries(settings: Settings, entries: readonly ConfigEntry[]): void {
  const ours: ConfigEntry[] = [];
  for (const entry of entries) {
    const { key, value, origin } = entry;
    const kind = findKey(key)?.kind;
    if (kind === "cfg" || kind === "cfg+prop" || key.startsWith("metricsProvider.")) {
      settings.byName.set(key, { value, origin });
    } else if (kind === "jvm" || DOCUMENTED_ALIASES.has(key)) {
      ours.push(entry);
    } else {
      settings.properties.set(`zookeeper.${key}`, { value, origin });
    }
  }
  for (const entry of ours) applyOurSpelling(settings, entry);
}

function applyOurSpelling(settings: Settings, { key, value, origin }: ConfigEntry): void {
  const working = DOCUMENTED_ALIASES.get(key);
  const property = working === undefined ? key : `zookeeper.${working}`;
  const before = settings.properties.get(property);
  if (before !== undefined) {
    settings.notices.warn(`${origin}: ${key} is not used, since ${before.origin} sets the same`);
    return;
  }
  settings.properties.set(property, { value, origin });
  const instead =
    working === undefined ? `only -D${key}=${value} as a JVM option` : `only the name ${working}`;
  settings.notices.info(`${origin}: ${key} works here; Apache ZooKeeper takes ${instead}`);
}

/** Carries -Dzookeeper.<documented name that Apache ignores> over to the working name. */
export function applyAliasProperties(settings: Settings): void {
  for (const alias of DOCUMENTED_ALIASES.keys()) {
    const written = settings.properties.get(`zookeeper.${alias}`);
    if (written === undefined) continue;
    settings.properties.delete(`zookeeper.${alias}`);
    applyOurSpelling(settings, { key: alias, ...written });
  }
}

/** Warns about names that nothing reads: a typing error, or the wrong place for a key. */
export function warnUnknownNames(settings: Settings): void {
  for (const [property, { origin }] of settings.properties) {
    const complaint = unknownNameComplaint(property);
    if (complaint !== null) settings.notices.warn(`${origin}: ${complaint}`);
  }
}

/** Names of the start scripts and logging configuration of Apache, and our own log level. */
const LOGGING = /^(log\.|logger\.|root\.logger|console\.|tracelog\.|DigestAuthenticationProvider$)/;

function unknownNameComplaint(property: string): string | null {
  if (!property.startsWith("zookeeper.")) {
    const spec = findKey(property);
    if (spec?.kind !== "prop" || property === "fsync.warningthresholdms") return null;
    return `the property ${property} has no effect; its name is ${propertyName(spec, property)}`;
  }
  const name = property.slice("zookeeper.".length);
  const spec = findKey(name);
  if (spec?.kind === "cfg")
    return `${name} is read from zoo.cfg alone; the property ${property} has no effect`;
  if (spec?.kind === "jvm") return `the property ${property} has no effect; its name is ${name}`;
  if (spec !== undefined || LOGGING.test(name) || isForeignKey(name)) return null;
  if (name.startsWith("zookeeper."))
    return `in zoo.cfg write ${name.slice("zookeeper.".length)} without "zookeeper."`;
  const similar = similarName(name);
  const hint = similar === undefined ? "" : `; did you mean ${similar}?`;
  return `unknown key ${name}: it becomes the property ${property}, which nothing reads${hint}`;
}

function similarName(name: string): string | undefined {
  const lower = name.toLowerCase();
  let best: { name: string; distance: number } | undefined;
  for (const candidate of serverKeyNames()) {
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance <= 2 && distance < (best?.distance ?? 3)) best = { name: candidate, distance };
  }
  return best?.name;
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, previous[j] + 1, row[j - 1] + 1));
    }
    previous = row;
  }
  return previous[b.length];
}
