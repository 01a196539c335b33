import { countSuite, type ScenarioResult, type SuiteResult } from "./suiteResult.ts";
import type { Suite } from "./suites.ts";

/** A suite and what came of it, by server. */
export interface SuiteRun {
  readonly suite: Suite;
  readonly results: ReadonlyMap<string, SuiteResult>;
}

/** Markdown: a row for each scenario, a column for each server, with times. */
export function suiteTable({ suite, results }: SuiteRun): string {
  const servers = [...results.keys()];
  const names = [
    ...new Set([...results.values()].flatMap(({ scenarios }) => scenarios.map(({ scenario }) => scenario))),
  ];
  const rows = names.map((name) => [
    name,
    ...servers.map((server) =>
      cell(results.get(server)?.scenarios.find(({ scenario }) => scenario === name)),
    ),
  ]);
  for (const server of servers) {
    for (const fault of results.get(server)?.faults ?? []) rows.push([`(${server}: ${fault})`]);
  }
  return table([`${suite.name}: ${suite.library}`, ...servers], rows);
}

function cell(result: ScenarioResult | undefined): string {
  if (result === undefined) return "";
  if (result.outcome === "ok") return `${result.ms} ms`;
  return `${result.outcome === "FAIL" ? "**failed**" : "skipped"}: ${result.why.replaceAll("|", "\\|")}`;
}

/** Markdown: a row for each suite. */
export function summaryTable(runs: readonly SuiteRun[], servers: readonly string[]): string {
  const rows = runs.map(({ suite, results }) => [
    suite.name,
    suite.library,
    ...servers.map((server) => summary(results.get(server))),
  ]);
  return table(["suite", "library", ...servers], rows);
}

function summary(result: SuiteResult | undefined): string {
  if (result === undefined) return "";
  if (result.skipped !== null) return `skipped: ${result.skipped}`;
  const { ok, FAIL, skip } = countSuite(result);
  const skipped = skip > 0 ? `, ${skip} skipped` : "";
  return `${ok} passed, ${FAIL} failed${skipped} in ${Math.round(result.ms / 1000)} s`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${head.map((_, column) => cells[column] ?? "").join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}
