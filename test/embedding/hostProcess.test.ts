import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const program = fileURLToPath(new URL("hostProgram.ts", import.meta.url));
const exitWithinMs = 15_000;

interface HostEnd {
  readonly code: number | null;
  /** SIGKILL: it did not leave by itself. */
  readonly signal: string | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** Runs a scenario of the host program until it leaves, or kills it when the time is over. */
async function run(scenario: string): Promise<HostEnd> {
  const child = spawn(process.execPath, ["--import", "tsx", program, scenario], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), exitWithinMs);
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  clearTimeout(timer);
  return { code, signal, lines: output.trimEnd().split("\n"), errors };
}

describe("a program that embeds servers", () => {
  const expectations: [string, string, string[]][] = [
    [
      "leaves by itself once it has stopped its servers",
      "usedAndStopped",
      ["used true", "used true", "used true", "TLS true", "closed 0", "closed 0", "closed 0", "done"],
    ],
    [
      "is not held by servers that could not start",
      "refused",
      ["refused true", "refused true", "refused true", "used true", "done"],
    ],
    [
      "lives on when a server's disk fails, with its other server, and is not held by the failed one",
      "diskFailed",
      ["connected false", "closed 20", "used true", "done"],
    ],
  ];
  for (const [what, scenario, lines] of expectations) {
    it(what, async () => {
      expect(await run(scenario)).to.deep.equal({ code: 0, signal: null, lines, errors: "" });
    });
  }
});
