import { CFG_KEYS } from "./cfgKeys.ts";
import { keyReason } from "./keyReasons.ts";
import type { KeyClass, KeyKind, KeyRow, ValueKind } from "./keyRow.ts";
import { OTHER_KEYS } from "./otherKeys.ts";
import { PROPERTY_KEYS } from "./propertyKeys.ts";
import { TLS_KEYS } from "./tlsKeys.ts";

/** Everything that is known about one key of Apache's configuration. */
export interface KeySpec {
  readonly name: string;
  readonly kind: KeyKind;
  /** As documented: a value, or words such as `none`, `cores`, `2*tickTime`. */
  readonly defaultText: string;
  readonly keyClass: KeyClass;
  readonly value: ValueKind;
  /** For W and R keys: why. */
  readonly reason?: string | undefined;
  /** The surface exists in Apache and not yet here: the key is accepted, with a warning. */
  readonly notBuiltYet: boolean;
  /** The value must appear in no log line. */
  readonly secret: boolean;
}

/** All rows of keys.tsv; a name may have two (clientPortAddress is also an internal name). */
export const KEYS: readonly KeySpec[] = [...CFG_KEYS, ...PROPERTY_KEYS, ...TLS_KEYS, ...OTHER_KEYS].map(
  keySpec,
);

/** Keys that end in .N or .X stand for any ending; group and weight go without a dot, as in Apache. */
const PATTERNS: readonly (readonly [string, string])[] = [
  ["server.", "server.N"],
  ["group", "group.N"],
  ["weight", "weight.N"],
  ["authProvider.", "authProvider.X"],
  ["sasl.user.", "sasl.user.X"],
  ["superUser.", "superUser"],
];

/** Keys that Apache does not have: `sasl.user.<name>=<password>` is a user of SASL DIGEST-MD5 without a JAAS file. */
const OWN_KEYS: readonly KeySpec[] = [["sasl.user.X", "prop", "none", "H", "text"] as const].map(keySpec);

const serverKeyByName = new Map<string, KeySpec>();
for (const spec of [...KEYS, ...OWN_KEYS]) {
  if (isServerKind(spec.kind)) serverKeyByName.set(spec.name, spec);
}

/** The spec of a key that a server reads; `name` is without the prefix `zookeeper.`. */
export function findKey(name: string): KeySpec | undefined {
  const exact = serverKeyByName.get(name);
  if (exact !== undefined) return exact;
  const pattern = PATTERNS.find(([prefix]) => name.startsWith(prefix));
  return pattern === undefined ? undefined : serverKeyByName.get(pattern[1]);
}

/** Like {@link findKey} for a name that our own code spells: not in the table is a bug. */
export function knownKey(name: string): KeySpec {
  const spec = findKey(name);
  if (spec === undefined) throw new Error(`bug: no key ${name} in the table of keys`);
  return spec;
}

/** Whether a client, a test or Apache itself uses this name, so that on a server it means nothing. */
export function isForeignKey(name: string): boolean {
  return findKey(name) === undefined && KEYS.some((spec) => spec.name === name);
}

/** The name of the system property that carries a key. */
export function propertyName(spec: KeySpec, name: string = spec.name): string {
  return spec.kind === "jvm" ? name : `zookeeper.${name}`;
}

/** Names of all keys that a server reads, for suggestions. */
export function serverKeyNames(): Iterable<string> {
  return serverKeyByName.keys();
}

function isServerKind(kind: KeyKind): boolean {
  return kind === "cfg" || kind === "cfg+prop" || kind === "prop" || kind === "jvm";
}

function keySpec([name, kind, defaultText, keyClass, value]: KeyRow): KeySpec {
  return {
    name,
    kind,
    defaultText,
    keyClass,
    value,
    reason: keyClass === "W" || keyClass === "R" ? keyReason(name) : undefined,
    notBuiltYet: notBuiltYet(name),
    secret: /(\.password|superDigest|superPassword)$|^sasl\.user\./.test(name),
  };
}

function notBuiltYet(name: string): boolean {
  return /^(admin|audit|metricsProvider)\./.test(name);
}
