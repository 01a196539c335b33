import { connect } from "node:net";

/** Errors that only a machine that is there can cause. */
const answers = new Set(["ECONNREFUSED", "ECONNRESET"]);

/** Whether the machine at an address answers to a connection, be it with a refusal. A name is resolved anew. */
export function isReachable(host: string, port: number, patienceMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(patienceMs, () => end(false));
    socket.once("connect", () => end(true));
    socket.on("error", (error: NodeJS.ErrnoException) => end(answers.has(error.code ?? "")));
  });
}
