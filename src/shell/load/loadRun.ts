import { GetChildrenResponse } from "../../../protocol/records/client.ts";
import { Latencies } from "./latencies.ts";
import { LoadClient, type Address } from "./loadClient.ts";
import {
  childrenRequest,
  createRequest,
  cycleOf,
  deleteRequest,
  syncRequest,
  workPaths,
  type Work,
} from "./loadWorks.ts";

export interface LoadPlan {
  /** Connections go to them in turn. */
  readonly servers: readonly Address[];
  readonly connections: number;
  /** Requests that each connection has under way. */
  readonly outstanding: number;
  readonly seconds: number;
  /** Of a znode's data. */
  readonly bytes: number;
  /** A path that does not exist: all is made below it, and removed in the end. */
  readonly root: string;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly requests: number;
  readonly latencies: Latencies;
  /** What this process took of one processor, 0 to 1 and more: near 1 it is the generator that was measured. */
  readonly generatorCpu: number;
}

const deletesOutstanding = 500;

/** Sessions, and znodes for them to work on. */
export class LoadRun {
  readonly #plan: LoadPlan;
  readonly #clients: readonly LoadClient[];
  readonly #data: Uint8Array;
  #children: Uint8Array = new Uint8Array(0);

  private constructor(plan: LoadPlan, clients: readonly LoadClient[]) {
    this.#plan = plan;
    this.#clients = clients;
    this.#data = new Uint8Array(plan.bytes).fill(0x64);
  }

  static async begin(plan: LoadPlan): Promise<LoadRun> {
    const { servers, connections, root } = plan;
    const clients: LoadClient[] = [];
    try {
      for (let index = 0; index < connections; index++)
        clients.push(await LoadClient.open(servers[index % servers.length]));
      const run = new LoadRun(plan, clients);
      for (const path of workPaths(root, connections)) await clients[0].ask(createRequest(path, run.#data));
      // Another server may not have them yet.
      for (const client of clients) await client.ask(syncRequest(root));
      run.#children = await clients[0].ask(childrenRequest(root));
      return run;
    } catch (error) {
      for (const client of clients) client.drop();
      throw error;
    }
  }

  /** All connections at one work, for the plan's seconds or those given. */
  async measure(work: Work, seconds = this.#plan.seconds): Promise<LoadResult> {
    const latencies = this.#clients.map(() => new Latencies());
    const cpuBefore = process.cpuUsage();
    const startMs = performance.now();
    const untilMs = startMs + seconds * 1000;
    const counts = await Promise.all(
      this.#clients.map((client, index) => {
        const cycle = cycleOf(work, this.#plan.root, index, this.#data, this.#children);
        return client.run({
          request: (number) => cycle[number % cycle.length],
          outstanding: this.#plan.outstanding,
          untilMs,
          latencies: latencies[index],
        });
      }),
    );
    const elapsedMs = performance.now() - startMs;
    const cpu = process.cpuUsage(cpuBefore);
    const all = new Latencies();
    for (const each of latencies) all.addAll(each);
    const requests = counts.reduce((sum, count) => sum + count, 0);
    return {
      perSecond: requests / (elapsedMs / 1000),
      requests,
      latencies: all,
      generatorCpu: (cpu.user + cpu.system) / 1000 / elapsedMs,
    };
  }

  /** Removes what was made and ends the sessions. */
  async end(): Promise<void> {
    await removeTree(this.#clients[0], this.#plan.root);
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  /** Leaves everything as it is. */
  drop(): void {
    for (const client of this.#clients) client.drop();
  }
}

/** The root, what is below it, and what the connections have made below that. */
async function removeTree(client: LoadClient, root: string): Promise<void> {
  // What was made through other servers may not be here yet.
  await client.ask(syncRequest(root));
  const paths = await childrenOf(client, root);
  for (const path of paths) await removeAll(client, await childrenOf(client, path));
  await removeAll(client, paths);
  await client.ask(deleteRequest(root));
}

async function childrenOf(client: LoadClient, path: string): Promise<string[]> {
  const answer = await client.ask(childrenRequest(path));
  return GetChildrenResponse.decode(answer).children?.map((name) => `${path}/${name}`) ?? [];
}

async function removeAll(client: LoadClient, paths: readonly string[]): Promise<void> {
  const requests = paths.map((path) => deleteRequest(path));
  const request = (index: number): (typeof requests)[0] => requests[index];
  await client.run({ request, outstanding: deletesOutstanding, count: requests.length });
}
