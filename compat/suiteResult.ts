export type Outcome = "ok" | "FAIL" | "skip";

export interface ScenarioResult {
  readonly scenario: string;
  readonly outcome: Outcome;
  /** Wall time; null for one that was skipped. */
  readonly ms: number | null;
  /** Why it failed or was skipped. */
  readonly why: string;
}

export interface SuiteResult {
  readonly scenarios: readonly ScenarioResult[];
  /** Why the suite as a whole did not run, on a machine without its toolchain. */
  readonly skipped: string | null;
  /** What is wrong with the run besides failed scenarios: an exit code or a count that does not fit. */
  readonly faults: readonly string[];
  readonly ms: number;
}

const scenarioLine = /^(ok|FAIL) (\S+) (\d+)(?: ms)?(?:: ?(.*))?$/;
const skipLine = /^skip (\S+?): ?(.*)$/;

/**
 * Reads what a suite printed. Its own count must be that of its lines, and its exit code must say the same: a suite
 * that ended in the middle has failed, whatever it printed before.
 */
export function parseSuite(output: string, exit: string, ms: number): SuiteResult {
  const lines = output.split("\n").map((line) => line.trimEnd());
  const skipped = lines.find((line) => line.startsWith("skipped: "))?.slice("skipped: ".length) ?? null;
  const scenarios = lines.map(parseScenario).filter((result) => result !== null);
  if (skipped !== null && scenarios.length === 0 && exit === "0")
    return { scenarios, skipped, faults: [], ms };
  const passed = scenarios.filter(({ outcome }) => outcome === "ok").length;
  const failed = scenarios.filter(({ outcome }) => outcome === "FAIL").length;
  const faults: string[] = [];
  const last = lines.findLast((line) => line !== "") ?? "";
  if (last !== `${passed} passed, ${failed} failed`)
    faults.push(`its lines say ${passed} passed, ${failed} failed; its last line says "${last}"`);
  if (passed + failed === 0) faults.push("it ran no scenario");
  if (exit !== (failed > 0 ? "1" : "0")) faults.push(`it ended with ${exit}`);
  return { scenarios, skipped: null, faults, ms };
}

function parseScenario(line: string): ScenarioResult | null {
  const ran = scenarioLine.exec(line);
  if (ran !== null) {
    const [, outcome, scenario, ms, why] = ran;
    return { scenario, outcome: outcome === "ok" ? "ok" : "FAIL", ms: Number(ms), why: why ?? "" };
  }
  const skipped = skipLine.exec(line);
  return skipped === null ? null : { scenario: skipped[1], outcome: "skip", ms: null, why: skipped[2] };
}

/** Scenarios of these names that failed count as skipped. */
export function excuse(result: SuiteResult, names: ReadonlySet<string>, why: string): SuiteResult {
  const scenarios = result.scenarios.map((each) =>
    each.outcome === "FAIL" && names.has(each.scenario) ? { ...each, outcome: "skip" as const, why } : each,
  );
  return { ...result, scenarios };
}

/** Scenarios and faults of a run by outcome. */
export function countSuite(result: SuiteResult): Record<Outcome, number> {
  const counts = { ok: 0, FAIL: result.faults.length, skip: 0 };
  for (const { outcome } of result.scenarios) counts[outcome]++;
  return counts;
}
