// Real clients against ours or Apache's server: npm run compat -- [suite…] [--server zabra|apache|both|three]
//   [--scenario word]   only the scenarios whose name holds the word
//   --server three      an ensemble of three, $ENSEMBLE says of which kinds (compat/launch/three)
//   [--quiet]           of the suites' own lines, only those of failures
// Prints a table in Markdown for each suite and one over all of them, and ends with "N passed, N failed".
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { countSuite, excuse, parseSuite, type SuiteResult } from "./suiteResult.ts";
import { suiteTable, summaryTable, type SuiteRun } from "./suiteTables.ts";
import { chosenSuites, ofServersAlone, type Suite } from "./suites.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const suiteMsMax = 900_000;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: "string", default: "zabra" },
    scenario: { type: "string", multiple: true, default: [] },
    quiet: { type: "boolean", default: false },
  },
});
if (!["zabra", "apache", "both", "three"].includes(values.server))
  throw new Error(`--server is "${values.server}"; it can be zabra, apache, both or three`);
const servers = values.server === "both" ? ["apache", "zabra"] : [values.server];

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs a suite in a process group of its own, so that nothing it started outlives it. */
async function runSuite(suite: Suite, server: string): Promise<SuiteResult> {
  const program = `${here}${suite.folder}/suite`;
  if (!existsSync(program))
    return { scenarios: [], skipped: null, faults: [`there is no ${program}`], ms: 0 };
  const startMs = performance.now();
  const child = spawn(program, values.scenario, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...suite.env, ZK_LAUNCH: `${here}launch/${server}` },
  });
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // The group has gone already.
    }
  };
  const timer = setTimeout(end, suiteMsMax);
  process.once("exit", end);
  const said: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    said.push(line);
    if (!values.quiet || line.startsWith("FAIL")) print(`${suite.name} ${server}: ${line}`);
  });
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    errors.push(line);
    if (errors.length > 40) errors.shift();
  });
  const exit = await new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(String(code ?? signal)));
  });
  clearTimeout(timer);
  end();
  process.off("exit", end);
  let result = parseSuite(said.join("\n"), exit, performance.now() - startMs);
  if (server === "three") result = excuse(result, ofServersAlone, "is about a server alone");
  if (countSuite(result).FAIL > 0) for (const line of errors) print(`${suite.name} ${server}! ${line}`);
  return result;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
const runs: SuiteRun[] = [];
for (const suite of chosenSuites(positionals)) {
  const results = new Map<string, SuiteResult>();
  for (const server of servers) results.set(server, await runSuite(suite, server));
  runs.push({ suite, results });
  const skipped = [...results.values()].find((result) => result.skipped !== null)?.skipped;
  if (skipped !== undefined) print(`skipped: ${suite.name}: ${skipped}`);
  print(`\n${suiteTable({ suite, results })}\n`);
}
print(`${summaryTable(runs, servers)}\n`);
const counts = runs.flatMap(({ results }) => [...results.values()].map(countSuite));
const passed = counts.reduce((sum, { ok }) => sum + ok, 0);
const failed = counts.reduce((sum, { FAIL }) => sum + FAIL, 0);
print(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
