import { expect } from "chai";
import { ExitCode } from "../../../../src/shell/cli/exitCodes.ts";
import type { ServerEnd, ServerModule } from "../../../../src/shell/cli/runningServer.ts";
import { serve } from "../../../../src/shell/cli/serve.ts";

/** A command line that starts, without a line on the tests' output. */
const command = {
  kind: "serve" as const,
  positional: [],
  options: { memory: true, logLevel: "silent" },
  defines: [],
};

describe("serve", () => {
  function stoppable(): ServerModule & { stops: number; started: Promise<void> } {
    let close: (end: ServerEnd) => void = () => {};
    let announce: () => void = () => {};
    const closed = new Promise<ServerEnd>((resolve) => (close = resolve));
    const server = {
      stops: 0,
      started: new Promise<void>((resolve) => (announce = resolve)),
      async runServer() {
        // Once whoever called knows of the server.
        setImmediate(announce);
        return {
          closed,
          async stop() {
            server.stops += 1;
            close({ exitCode: ExitCode.EXECUTION_FINISHED });
          },
        };
      },
    };
    return server;
  }

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`stops on ${signal} with 0 and leaves no handler behind`, async () => {
      const before = process.listenerCount(signal);
      const server = stoppable();
      const ended = serve(command, async () => server);
      await server.started;
      process.emit(signal, signal);
      expect(await ended).to.equal(ExitCode.EXECUTION_FINISHED);
      expect(server.stops).to.equal(1);
      expect(process.listenerCount(signal)).to.equal(before);
    });
  }

  it("leaves with the code of a server that ended by itself", async () => {
    const closed = Promise.resolve({ exitCode: ExitCode.TXNLOG_WRITE_FAILED });
    const loadServer = async (): Promise<ServerModule> => ({
      runServer: async () => ({ closed, async stop() {} }),
    });
    expect(await serve(command, loadServer)).to.equal(ExitCode.TXNLOG_WRITE_FAILED);
  });

  const failures: [string, Error, number][] = [
    ["the code of an error that has one", Object.assign(new Error("no folder"), { exitCode: 3 }), 3],
    ["1 for an unknown code", Object.assign(new Error("odd"), { exitCode: 77 }), 1],
    ["1 for any other error", new Error("taken"), 1],
  ];
  for (const [name, error, exitCode] of failures) {
    it(`leaves with ${name} when the server cannot start`, async () => {
      expect(await serve(command, async () => ({ runServer: () => Promise.reject(error) }))).to.equal(
        exitCode,
      );
    });
  }
});
