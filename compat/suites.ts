/** A suite of scenarios for one client library: a folder with a program `suite` (compat/README.md has its contract). */
export interface Suite {
  readonly name: string;
  /** Below compat/. */
  readonly folder: string;
  /** The library and its version, as the table shows it. */
  readonly library: string;
  readonly env?: Readonly<Record<string, string>>;
}

const java = (version: string): Suite => ({
  name: `java-${version}`,
  folder: "java",
  library: `org.apache.zookeeper:zookeeper ${version}`,
  env: { JAVA_CLIENT: version },
});

export const suites: readonly Suite[] = [
  { name: "java", folder: "java", library: "org.apache.zookeeper:zookeeper 3.9.5" },
  { name: "curator", folder: "curator", library: "Apache Curator 5.9.0" },
  { name: "python", folder: "python", library: "kazoo 2.11.0" },
  { name: "go", folder: "go", library: "go-zookeeper/zk 1.0.4" },
  { name: "rust", folder: "rust", library: "zookeeper-client 0.11.2" },
  { name: "c", folder: "c", library: "libzookeeper_mt 3.8.2" },
  { name: "native", folder: "native", library: "npm zookeeper 7.3.0 (native)" },
  java("3.8.4"),
  java("3.6.4"),
  java("3.4.14"),
];

/** Scenarios about what a server alone says of itself: of an ensemble, Apache's too, they cannot hold. */
export const ofServersAlone: ReadonlySet<string> = new Set([
  "admin.reconfigure",
  "client.words",
  "config-node",
  "connect.words",
  "reconfig.standalone",
  "words.helpers",
]);

/** The suites whose name or folder is one of these words; all without words. Throws for a word that names none. */
export function chosenSuites(words: readonly string[]): readonly Suite[] {
  for (const word of words) {
    if (suites.some((suite) => suite.name === word)) continue;
    throw new Error(`no suite ${word}; there are ${suites.map(({ name }) => name).join(", ")}`);
  }
  return words.length === 0 ? suites : suites.filter((suite) => words.includes(suite.name));
}
