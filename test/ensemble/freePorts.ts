import { createServer, type Server } from "node:net";

/** The range lies below the ports that the system gives to connections. */
const lowest = 10_000;
const count = 20_000;

/** Ports that were free a moment ago. */
export async function freePorts(wanted: number): Promise<number[]> {
  const held = new Map<number, Server>();
  while (held.size < wanted) {
    const port = lowest + Math.floor(Math.random() * count);
    const server = await bound(port);
    if (server !== null) held.set(port, server);
  }
  await Promise.all([...held.values()].map(closed));
  return [...held.keys()];
}

/** The first of so many ports in a row, which are free together with those that lie `offsets` above them. */
export async function freePortsInARow(wanted: number, offsets: readonly number[]): Promise<number> {
  for (;;) {
    const first = lowest + Math.floor(Math.random() * count);
    const ports = offsets.flatMap((offset) => Array.from({ length: wanted }, (_, i) => first + offset + i));
    const servers = await Promise.all(ports.map(bound));
    const held = servers.filter((server) => server !== null);
    await Promise.all(held.map(closed));
    if (held.length === ports.length) return first;
  }
}

function bound(port: number): Promise<Server | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

function closed(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}
