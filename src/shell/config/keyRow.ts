/**
 * Where a key may stand: `cfg` zoo.cfg only, by name; `prop` system property `zookeeper.<name>`, and so also zoo.cfg;
 * `jvm` system property without prefix (Apache takes it from the JVM's options alone, we from zoo.cfg too);
 * `client`, `internal`, `test`: nothing that an operator sets on a server.
 */
export type KeyKind = "cfg" | "cfg+prop" | "prop" | "jvm" | "client" | "internal" | "test";

/** H honoured, W accepted with a warning, R refused, N accepted silently, - not a server's key. */
export type KeyClass = "H" | "W" | "R" | "N" | "-";

/**
 * How a value is read. `boolean` is strict (true or false, any case) for cfg keys, and "true or anything else" for
 * properties; `yes` is on for "yes" alone; `notNo` is off for "no" alone.
 */
export type ValueKind =
  | "int"
  | "long"
  | "double"
  | "boolean"
  | "yes"
  | "notNo"
  | "port"
  | "host"
  | "path"
  | "class"
  | "list"
  | "text";

/** Name, kind, default as documented, class, how the value is read. The first four are a row of keys.tsv. */
export type KeyRow = readonly [
  name: string,
  kind: KeyKind,
  defaultText: string,
  keyClass: KeyClass,
  value: ValueKind,
];
