import { execFileSync, spawnSync } from "node:child_process";
import { connect, createServer, type Socket } from "node:net";

const inside = "ZABRA_IN_NAMESPACE";

/**
 * Runs the program once more in a network namespace of its own, in which it may do as it likes, and ends with its exit
 * code; inside of it this does nothing. Needs `unshare` and a system that lets anybody make namespaces.
 */
export function enterNamespace(): void {
  if (process.env[inside] !== undefined) {
    ip("link", "set", "lo", "up");
    return;
  }
  const ways = ["--map-root-user", "--net", "--mount", "npx", "tsx", ...process.argv.slice(1)];
  const env = { ...process.env, [inside]: "1" };
  const { status } = spawnSync("unshare", ways, { stdio: "inherit", env });
  process.exit(status ?? 1);
}

export function ip(...words: readonly string[]): void {
  execFileSync("ip", words);
}

/** No machine has it: what is sent there is swallowed. */
const nobody = "02:00:00:00:00:99";

/**
 * Machines on one switch, each a network namespace of its own, and this process beside them. A cut link swallows what goes
 * one way over it; nobody is told.
 */
export class Machines {
  readonly #numbers: readonly number[];
  readonly #cut = new Set<string>();

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
    execFileSync("mount", ["-t", "tmpfs", "none", "/run"]);
    execFileSync("mkdir", ["/run/netns"]);
    ip("link", "add", "switch", "type", "bridge");
    ip("addr", "add", "10.0.0.254/24", "dev", "switch");
    ip("link", "set", "switch", "up");
    for (const number of numbers) this.#plugIn(number);
  }

  #plugIn(number: number): void {
    const name = `s${number}`;
    ip("netns", "add", name);
    ip("link", "add", `v${number}`, "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("link", "set", `v${number}`, "master", "switch", "up");
    ip("-n", name, "link", "set", "lo", "up");
    ip("-n", name, "addr", "add", `${addressOf(number)}/24`, "dev", "eth0");
    ip("-n", name, "link", "set", "eth0", "up");
  }

  /** Words that run a command on it. */
  prefixOf(number: number): readonly string[] {
    return ["ip", "netns", "exec", `s${number}`];
  }

  /** What `from` sends to `to` does not arrive any more. */
  cut(from: number, to: number): void {
    if (from === to) return;
    this.#cut.add(`${from} ${to}`);
    const there = ["neigh", "replace", addressOf(to), "lladdr", nobody, "dev", "eth0", "nud", "permanent"];
    ip("-n", `s${from}`, ...there);
  }

  /** Between each of these and all others, both ways. */
  isolate(some: readonly number[]): void {
    for (const one of some)
      for (const other of this.#numbers) {
        if (some.includes(other)) continue;
        this.cut(one, other);
        this.cut(other, one);
      }
  }

  heal(): void {
    for (const link of this.#cut) {
      const [from, to] = link.split(" ").map(Number);
      ip("-n", `s${from}`, "neigh", "del", addressOf(to), "dev", "eth0");
    }
    this.#cut.clear();
  }

  /** Lets clients of this process reach a port of the machine as if it were here. */
  async forward(port: number, number: number): Promise<void> {
    const server = createServer((near) => {
      const far = connect({ host: addressOf(number), port });
      join(near, far);
      join(far, near);
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    server.unref();
  }
}

export function addressOf(number: number): string {
  return `10.0.0.${number}`;
}

function join(from: Socket, to: Socket): void {
  from.on("data", (chunk) => to.write(chunk));
  from.on("error", () => to.destroy());
  from.on("close", () => to.destroy());
}
