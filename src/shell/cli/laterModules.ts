import type { ServerModule } from "./runningServer.ts";

/** Prints files to a stream; settles with the exit code. */
export type PrintFiles = (
  files: readonly string[],
  options: { readonly json: boolean },
  out: NodeJS.WritableStream,
) => Promise<number>;

/** The server, loaded only by those who serve. */
export async function loadServer(): Promise<ServerModule> {
  return import("../../server.ts");
}

/** `zabra ensemble`. */
export async function loadEnsemble(): Promise<typeof import("./ensemble.ts")> {
  return import("./ensemble.ts");
}

/** `zabra bench`. */
export async function loadBench(): Promise<typeof import("./bench.ts")> {
  return import("./bench.ts");
}

/** `zabra txnlog`. */
export async function loadTxnlog(): Promise<{ runTxnlog: PrintFiles }> {
  return import("./txnlog.ts");
}

/** `zabra snapshot`. */
export async function loadSnapshot(): Promise<{ runSnapshot: PrintFiles }> {
  return import("./snapshot.ts");
}
