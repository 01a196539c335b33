import { RawClient, text } from "../../test/support/rawClient.ts";

/** Data, Stat and ACL of every znode that anyone may read, as hex, by path. */
export async function dumpTree(port: number): Promise<Map<string, string>> {
  const client = await RawClient.open(port);
  await client.connect(600_000);
  const nodes = new Map<string, string>();
  let open = ["/"];
  while (open.length > 0) {
    const paths = open.splice(0, 500);
    for (const path of paths) {
      client.send(1, 4, text(path), Buffer.from([0]));
      client.send(2, 6, text(path));
      client.send(3, 8, text(path), Buffer.from([0]));
    }
    for (const path of paths) {
      const [data, acl, children] = [await client.next(), await client.next(), await client.next()];
      if (data === null || acl === null || children === null)
        throw new Error("the connection broke during a dump");
      // Each server writes the config node for itself.
      if (path !== "/zookeeper/config") {
        nodes.set(path, `${data.err} ${data.body.toString("hex")} ${acl.body.toString("hex")}`);
      }
      open = open.concat(names(children.body).map((name) => (path === "/" ? `/${name}` : `${path}/${name}`)));
    }
  }
  await client.ask(4, -11);
  client.close();
  return nodes;
}

function names(body: Buffer): string[] {
  const found: string[] = [];
  let at = 4;
  for (let i = 0; i < body.readInt32BE(0); i++) {
    const length = body.readInt32BE(at);
    found.push(body.subarray(at + 4, at + 4 + length).toString());
    at += 4 + length;
  }
  return found;
}

/** A path at which two trees differ, with both sides; null if they are equal. */
export function firstDifference(
  a: ReadonlyMap<string, string>,
  b: ReadonlyMap<string, string>,
): string | null {
  for (const path of new Set([...a.keys(), ...b.keys()])) {
    if (a.get(path) !== b.get(path))
      return `${path}: ${a.get(path) ?? "missing"} against ${b.get(path) ?? "missing"}`;
  }
  return null;
}
