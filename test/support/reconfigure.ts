import { int, long, RawClient, text } from "./rawClient.ts";

const reconfigType = 16;
const getDataType = 4;
const closeSessionType = -11;

/** What a reconfiguration asks for; lists as in zkCli's reconfig. */
export interface Reconfiguration {
  readonly joining?: string;
  readonly leaving?: string;
  readonly newMembers?: string;
}

/**
 * Asks the server on that port, as `user:password`, which should be its super user; answers the error code. Rejects where
 * the connection is lost.
 */
export async function reconfigure(port: number, user: string, asked: Reconfiguration): Promise<number> {
  const client = await RawClient.open(port);
  try {
    if (!(await client.connect(30_000))) throw new Error("no session");
    await client.ask(-4, 100, int(0), text("digest"), text(user));
    const words = [asked.joining, asked.leaving, asked.newMembers].map((word) =>
      word === undefined ? int(-1) : text(word),
    );
    const { err } = await client.ask(1, reconfigType, ...words, long(-1n));
    client.send(2, closeSessionType);
    await client.next();
    return err;
  } finally {
    client.close();
  }
}

/** The data of /zookeeper/config on that server. */
export async function configOf(port: number): Promise<string> {
  const client = await RawClient.open(port);
  try {
    if (!(await client.connect(30_000))) throw new Error("no session");
    const { err, body } = await client.ask(1, getDataType, text("/zookeeper/config"), Buffer.of(0));
    if (err !== 0) throw new Error(`/zookeeper/config cannot be read: ${err}`);
    client.send(2, closeSessionType);
    await client.next();
    return body.subarray(4, 4 + Math.max(0, body.readInt32BE(0))).toString();
  } finally {
    client.close();
  }
}
