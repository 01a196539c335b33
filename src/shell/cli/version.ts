import { readFileSync } from "node:fs";

/** `zabra 0.1.0 (speaks ZooKeeper 3.9.5, Node 20…)`; the number is the package's. */
export function versionText(): string {
  return `zabra ${packageVersion()} (as Apache ZooKeeper 3.9.5, on Node ${process.versions.node})`;
}

/** package.json lies above the sources, and at other distances above what is built and bundled from them. */
function packageVersion(): string {
  for (const path of ["../../package.json", "../../../package.json", "../../../../package.json"]) {
    try {
      const content: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
      const isOurs =
        typeof content === "object" && content !== null && "name" in content && content.name === "zabra";
      if (isOurs && "version" in content) return String(content.version);
    } catch {
      continue;
    }
  }
  return "of unknown version";
}
