import { arch, homedir, hostname, release, tmpdir, totalmem, type, userInfo } from "node:os";
import process from "node:process";
import { getHeapStatistics } from "node:v8";
import { FULL_VERSION } from "../../core/stats/version.ts";

const UNKNOWN = "<NA>";
const BYTES_PER_MB = 1024 * 1024;

/**
 * The lines of `envi`, in Apache's order (Environment.list). The `java.*` names stay because tools look for them; their
 * values tell the truth about Node: its version, maker and executable. What Node has no notion of is `<NA>`, as in Java.
 */
export function listEnvironment(): readonly (readonly [name: string, value: string])[] {
  const memory = process.memoryUsage();
  const { heap_size_limit: heapBytesMax } = getHeapStatistics();
  const megabytes = (bytes: number): string => `${Math.floor(bytes / BYTES_PER_MB)}MB`;
  return [
    ["zookeeper.version", FULL_VERSION],
    ["host.name", hostname() || UNKNOWN],
    ["java.version", process.versions.node],
    ["java.vendor", "Node.js"],
    ["java.home", process.execPath],
    ["java.class.path", process.argv[1] ?? UNKNOWN],
    ["java.library.path", process.env["NODE_PATH"] ?? UNKNOWN],
    ["java.io.tmpdir", tmpdir()],
    ["java.compiler", UNKNOWN],
    ["os.name", javaOsName(type())],
    ["os.arch", javaArch(arch())],
    ["os.version", release()],
    ["user.name", userName()],
    ["user.home", homedir()],
    ["user.dir", process.cwd()],
    ["os.memory.free", megabytes(memory.heapTotal - memory.heapUsed)],
    ["os.memory.max", megabytes(Math.min(heapBytesMax, totalmem()))],
    ["os.memory.total", megabytes(memory.heapTotal)],
  ];
}

function javaOsName(name: string): string {
  if (name === "Darwin") return "Mac OS X";
  return name === "Windows_NT" ? "Windows" : name;
}

function javaArch(name: string): string {
  if (name === "x64") return "amd64";
  return name === "arm64" ? "aarch64" : name;
}

/** A container may run under an id that has no entry in the password file; that is no reason to fail. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env["USER"] ?? UNKNOWN;
  }
}
