import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A wire on loopback that can be cut: connections to it go on to a server's port. */
export interface Proxy {
  readonly connectString: string;
  /** Where new connections go. */
  port: number;
  /** Breaks every connection; with `stay` new ones are turned away too, until `mend`. */
  cut(stay?: "stay"): void;
  mend(): void;
  close(): Promise<void>;
}

/** Starts a proxy to `port` on loopback. */
export async function startProxy(port: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(proxy.port, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on("error", () => one.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.end();
      });
      one.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const proxy: Proxy = {
    connectString: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    port,
    cut: (stay) => {
      isCut = stay === "stay";
      cut();
    },
    mend: () => {
      isCut = false;
    },
    close: async () => {
      cut();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}
