import { fileURLToPath } from "node:url";
import { compareEndState, type EndStateOptions } from "./endState.ts";
import { crossOpen, type CrossOpened } from "./crossOpen.ts";
import { firstDifference, type Difference } from "./compare.ts";
import { DiffServer } from "./diffServer.ts";
import { excusedBy, type ExclusionName } from "./exclusions.ts";
import { normalise, type StepLines } from "./normalise.ts";
import { Player, quotaOf } from "./player.ts";
import type { Step } from "./steps.ts";
import type { StepTrace } from "./trace.ts";

const launcher = (name: string): string[] => [fileURLToPath(new URL(`../launch/${name}`, import.meta.url))];

/** Lines of zoo.cfg. */
export type Keys = Readonly<Record<string, string>>;

/** How a sequence went on the two servers. */
export interface Outcome {
  readonly steps: readonly Step[];
  readonly lines: readonly [readonly StepLines[], readonly StepLines[]];
  readonly difference: Difference | null;
  /** Differences of the trees that the sequence left behind, by field. */
  readonly endState: readonly string[];
  readonly excused: ExclusionName | null;
  /** Why the sequence could not be played to its end: a server that has died, as a rule. */
  readonly failure: string | null;
}

/** Whether the servers answered differently where they may not. */
export function differs(outcome: Outcome): boolean {
  return outcome.difference !== null || outcome.endState.length > 0 || outcome.failure !== null;
}

/** What two outcomes have in common that differ in the same way. */
export function kindOf({ difference, endState, failure }: Outcome): string {
  if (failure !== null) return "failure";
  const words = difference?.lines.map((lines) => (lines[difference.place] ?? "nothing").split(" xid=")[0]);
  return words?.join(" / ") ?? (endState.length > 0 ? "end state" : "no difference");
}

/** The two servers under comparison. They live over many sequences, each with a root of its own. */
export class Duel {
  readonly servers: readonly [DiffServer, DiffServer];
  readonly keys: Keys;
  #sequences = 0;
  /** From then on children that were there before stand in an order that goes by how they were loaded. */
  #restarted = false;

  private constructor(servers: readonly [DiffServer, DiffServer], keys: Keys) {
    this.servers = servers;
    this.keys = keys;
  }

  /** Starts Apache, and `against` (command words) or our server, on fresh folders below `parent`. */
  static async start(parent: string, against: readonly string[] | null, keys: Keys): Promise<Duel> {
    const servers = await Promise.all([
      DiffServer.start("apache", launcher("apache"), parent, keys),
      DiffServer.start("zabra", against ?? launcher("zabra"), parent, keys),
    ]);
    return new Duel(servers, keys);
  }

  /** Plays the steps on both, each at its own pace, below a root whose name has the hash of all of its family. */
  async play(steps: readonly Step[], family: string): Promise<Outcome> {
    try {
      return await this.#play(steps, `/${family}${sameHash(this.#sequences++)}`);
    } catch (error) {
      const tails = this.servers.map(
        (server) => `${server.name}: ${server.running ? "runs" : server.logTail()}`,
      );
      const failure = `${String(error)}\n${tails.join("\n")}`;
      return { steps, lines: [[], []], difference: null, endState: [], excused: null, failure };
    }
  }

  async #play(steps: readonly Step[], base: string): Promise<Outcome> {
    const [one, other] = this.servers;
    const before = this.#restarted;
    const restarts = steps.some(({ kind }) => kind === "restart");
    this.#restarted ||= restarts;
    const traces = await Promise.all([
      new Player(one, base).play(steps),
      new Player(other, base).play(steps),
    ]);
    const lines = [normalise(traces[0], base, before), normalise(traces[1], base, before)] as const;
    const difference = firstDifference(lines[0], lines[1]);
    const excused = difference === null ? null : excuseOf(difference, traces[0]);
    const played = { steps: traces[0].map(({ step }) => step), lines, excused, failure: null };
    if (difference !== null)
      return { ...played, difference: excused === null ? difference : null, endState: [] };
    return { ...played, difference, endState: await this.#compareTrees(base, restarts) };
  }

  async #compareTrees(base: string, childrenAsSets: boolean): Promise<string[]> {
    const ports = [this.servers[0].port, this.servers[1].port] as const;
    const options = { names: ["apache", "zabra"], childrenAsSets, data: dataOf(childrenAsSets) } as const;
    const quotas = await compareEndState(ports, quotaOf(base), options);
    return [...(await compareEndState(ports, base, options)), ...quotas];
  }

  /** Compares the whole trees, and what the other implementation makes of each folder; answers what does not fit. */
  async compareWhole(): Promise<CrossOpened> {
    const names = ["apache", "zabra"] as const;
    const ports = [this.servers[0].port, this.servers[1].port] as const;
    const childrenAsSets = this.#restarted;
    const options = { names, childrenAsSets, data: dataOf(childrenAsSets) };
    const trees = await compareEndState(ports, "/", options);
    const folders = this.servers.map((server, i) => ({
      name: names[i],
      dataDir: server.dataFolder,
      dataLogDir: server.dataFolder,
      stop: () => server.kill("SIGKILL"),
    }));
    const { differences, excused } = await crossOpen(folders, { enforceQuota: "true", ...this.keys });
    return { differences: [...trees, ...differences], excused };
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
  }
}

/**
 * Data as they are compared. A start counts what is below each quota in the snapshot that it loads, and what nested
 * quotas have counted apart by then counts twice: it goes by when each server has happened to write its snapshots.
 */
function dataOf(restarted: boolean): NonNullable<EndStateOptions["data"]> {
  return (_, path, data) => (restarted && path.endsWith("/zookeeper_stats") ? null : data);
}

function excuseOf(difference: Difference, trace: readonly StepTrace[]): ExclusionName | null {
  const received = trace[difference.step]?.byConn.get(difference.conn)?.[difference.place];
  if (received?.kind !== "reply") return null;
  const [a, b] = difference.lines.map((lines) => lines[difference.place] ?? "");
  return excusedBy(received.request, [a, b]);
}

/**
 * Names of one length that all have one hash code in Java. Orders that go by the hash of a path are the same below each
 * of them, so that a sequence can be played again on another root.
 */
function sameHash(count: number): string {
  return count.toString(2).padStart(14, "0").replaceAll("0", "Aa").replaceAll("1", "BB");
}
