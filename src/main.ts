#!/usr/bin/env node
import { parseCommand } from "./shell/cli/command.ts";
import { loadBench, loadEnsemble, loadServer, loadSnapshot, loadTxnlog } from "./shell/cli/laterModules.ts";

/** The program `zabra`: what serving does not need is loaded only by whoever needs it. */
async function main(): Promise<number> {
  const command = await parseCommand(process.argv.slice(2));
  switch (command.kind) {
    case "exit":
      return command.exitCode;
    case "serve": {
      const { serve } = await import("./shell/cli/serve.ts");
      return serve(command, loadServer);
    }
    case "ensemble": {
      const { runEnsemble } = await loadEnsemble();
      return runEnsemble(command, process.stdout);
    }
    case "bench": {
      const { runBench } = await loadBench();
      return runBench(command.options, process.stdout, process.stderr);
    }
    case "txnlog": {
      const { runTxnlog } = await loadTxnlog();
      return runTxnlog(command.files, { json: command.json }, process.stdout);
    }
    case "snapshot": {
      const { runSnapshot } = await loadSnapshot();
      return runSnapshot(command.files, { json: command.json }, process.stdout);
    }
  }
}

process.exit(await main());
