/** How both servers are configured for a while. */
export interface Profile {
  readonly name: string;
  /** Lines of zoo.cfg beside those of every profile. */
  readonly keys: Readonly<Record<string, string>>;
  /** Containers by flag or by opcode alone: folders that the other side cannot read without a complaint. */
  readonly oddContainers: boolean;
}

/** In turn; the kept cases are played with the keys under which they were found. */
export const profiles: readonly [Profile, ...Profile[]] = [
  { name: "usual", keys: {}, oddContainers: false },
  { name: "odd containers", keys: {}, oddContainers: true },
  {
    name: "no extended types, soft quotas",
    keys: { extendedTypesEnabled: "false", enforceQuota: "false" },
    oddContainers: false,
  },
  {
    name: "no ACL checks, plain digests",
    keys: { skipACL: "yes", "digest.enabled": "false" },
    oddContainers: false,
  },
  {
    name: "old closeSession",
    keys: { "closeSessionTxn.enabled": "false", snapCount: "50" },
    oddContainers: false,
  },
];
