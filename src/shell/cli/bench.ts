import type { Address } from "../load/loadClient.ts";
import { LoadRun, type LoadResult } from "../load/loadRun.ts";
import { isWork, works, type Work } from "../load/loadWorks.ts";
import type { BenchOptions } from "./command.ts";
import { ExitCode } from "./exitCodes.ts";

const usualWorks: readonly Work[] = ["get", "set", "create", "mix", "multi"];
const portDefault = 2181;
/** From here on it may be the generator that is measured. */
const busyGenerator = 0.9;

/**
 * `zabra bench`: drives a running server, of ours or not, and prints what it did. Works below a znode of its own and
 * removes it in the end. Settles with the exit code.
 */
export async function runBench(
  options: BenchOptions,
  out: NodeJS.WritableStream,
  errors: NodeJS.WritableStream,
): Promise<ExitCode> {
  const complain = (what: string): ExitCode => {
    errors.write(`zabra bench: ${what}\n`);
    return ExitCode.INVALID_INVOCATION;
  };
  const servers = addressesOf(options.server);
  const chosen = options.works.length === 0 ? usualWorks : options.works;
  const unknown = chosen.find((name) => !isWork(name));
  if (servers === null) return complain(`--server ${options.server} is not a list of host:port`);
  if (unknown !== undefined)
    return complain(`no work is called ${unknown}; there are ${Object.keys(works).join(", ")}`);
  const { connections, outstanding, seconds, bytes } = options;
  const root = `/zabra-bench-${process.pid}-${Date.now()}`;
  let run: LoadRun | null = null;
  try {
    run = await LoadRun.begin({ servers, connections, outstanding, seconds, bytes, root });
    if (!options.json) out.write(heading(options));
    for (const work of chosen.filter(isWork)) {
      const result = await run.measure(work);
      out.write(options.json ? `${JSON.stringify(rowOf(work, result))}\n` : lineOf(work, result));
    }
    await run.end();
    return ExitCode.EXECUTION_FINISHED;
  } catch (error) {
    run?.drop();
    const left = run === null ? "" : `; what it made below ${root} may still be there`;
    errors.write(`zabra bench: ${options.server}: ${reasonOf(error)}${left}\n`);
    return ExitCode.UNEXPECTED_ERROR;
  }
}

/** Node gives an address that nobody answers at as several errors in one, without a text of their own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** Null where it is no list of host:port; IPv6 addresses stand in brackets. */
function addressesOf(list: string): Address[] | null {
  const addresses: Address[] = [];
  for (const entry of list.split(",")) {
    const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(entry.trim());
    const port = Number(match?.[3] ?? portDefault);
    if (match === null || port < 1 || port > 65_535) return null;
    addresses.push({ host: match[1] ?? match[2], port });
  }
  return addresses;
}

function heading({ server, connections, outstanding, seconds, bytes }: BenchOptions): string {
  return (
    `${server}: ${connections} connections with ${outstanding} requests each, ${bytes} bytes a znode, ${seconds} s a work\n` +
    `${"".padEnd(10)}${["requests/s", "p50 ms", "p99 ms", "max ms", "own CPU"].map((name) => name.padStart(12)).join("")}\n`
  );
}

function lineOf(work: Work, result: LoadResult): string {
  const { perSecond, latencies, generatorCpu } = result;
  const cells = [
    Math.round(perSecond).toLocaleString("en"),
    ...[latencies.quantileMs(0.5), latencies.quantileMs(0.99), latencies.maxMs].map((ms) =>
      ms.toPrecision(3),
    ),
    `${Math.round(generatorCpu * 100)}%`,
  ];
  const note = generatorCpu > busyGenerator ? "  this program was busy: the server may be faster" : "";
  return `${work.padEnd(10)}${cells.map((cell) => cell.padStart(12)).join("")}${note}\n`;
}

function rowOf(work: Work, { perSecond, requests, latencies, generatorCpu }: LoadResult): object {
  return {
    work,
    perSecond,
    requests,
    p50Ms: latencies.quantileMs(0.5),
    p99Ms: latencies.quantileMs(0.99),
    maxMs: latencies.maxMs,
    generatorCpu,
  };
}
