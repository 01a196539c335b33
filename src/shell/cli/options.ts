import { Command as Parser, CommanderError, InvalidArgumentError } from "commander";
import type { BenchOptions, Command, ServeOptions } from "./command.ts";
import { ExitCode } from "./exitCodes.ts";
import { versionText } from "./version.ts";

const HELP = `
-Dname=value words, anywhere, are system properties as for Java.

Examples:
  $ zabra                                serve 127.0.0.1:2181, data in ./zabra-data
  $ zabra --port 0 --memory              serve any free port, keep nothing
  $ zabra /etc/zookeeper/zoo.cfg         serve as Apache ZooKeeper does with this file
  $ zabra zoo.cfg -Djute.maxbuffer=4194304
  $ zabra 2181 /var/lib/zookeeper        port and dataDir in the place of a file
  $ zabra bench --server 127.0.0.1:2181  how fast that server is, of whatever make
  $ zabra ensemble 3                     three servers that elect a leader, below ./zabra-ensemble
Variables: SERVER_JVMFLAGS and JVMFLAGS (their -D words are taken), LOG_LEVEL.
Exit codes: 0 stopped, 1 error, 2 bad arguments or configuration, 3 data folder, 10 snapshot,
20 transaction log cannot be written, 21 damaged data.`;

/** Parses with commander; help, version and complaints are printed here and give `exit`. */
export function parseWithOptions(words: readonly string[], defines: readonly string[]): Command {
  let command: Command = { kind: "exit", exitCode: ExitCode.EXECUTION_FINISHED };
  const parser = createParser(defines, (parsed) => {
    command = parsed;
  });
  try {
    parser.parse(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const exitCode = error.exitCode === 0 ? ExitCode.EXECUTION_FINISHED : ExitCode.INVALID_INVOCATION;
    return { kind: "exit", exitCode };
  }
  return command;
}

function createParser(defines: readonly string[], found: (command: Command) => void): Parser {
  const parser = new Parser("zabra")
    .description("A server for clients of Apache ZooKeeper 3.9.")
    .usage("[options] [zoo.cfg | <port> <dataDir> [tickTime] [maxClientCnxns]]")
    .exitOverride()
    // What follows a command is the command's own, also where a server has an option of the same name.
    .enablePositionalOptions()
    .argument("[args...]", "a configuration file, or port and dataDir; nothing for friendly defaults")
    .option("--port <n>", "client port, 0 for any free one")
    .option("--host <address>", "address to listen on")
    .option("--data-dir <folder>", "folder for snapshots and logs")
    .option("--memory", "keep nothing on disk; all is gone when the server stops")
    .option("--check-config", "check the configuration, print warnings, and leave (0 usable, 2 not)")
    .option("--print-config", "print each value in effect and where it came from, and leave")
    .option("--log-level <level>", "trace, debug, info, warn, error, fatal or silent")
    .version(versionText(), "--version", "print the version")
    .addHelpText("after", HELP)
    .action((args: string[], options: ServeOptions) =>
      found({ kind: "serve", positional: args, options, defines }),
    );
  parser
    .command("ensemble")
    .description("run several servers on this machine, one ensemble, until a signal ends them together")
    .argument("[size]", "how many", parseSize, 3)
    .option("--port <n>", "client port of the first; the others follow", parsePort, 2181)
    .option("--data-dir <folder>", "a folder for each server lies below it", "zabra-ensemble")
    .action((size: number, { port, dataDir }: { port: number; dataDir: string }) =>
      found({ kind: "ensemble", size, port, folder: dataDir }),
    );
  parser
    .command("bench")
    .description("measure a running server: requests a second and how long they take")
    .argument("[works...]", "get, exists, children, set, create, mix, multi; nothing for the usual five")
    .option("--server <list>", "host:port, and more behind commas", "127.0.0.1:2181")
    .option("--connections <n>", "sessions", count(1, 20_000), 64)
    .option("--outstanding <n>", "requests that each has under way", count(1, 10_000), 16)
    .option("--seconds <n>", "for each work", count(1, 86_400), 5)
    .option("--bytes <n>", "of each znode's data", count(0, 1_000_000), 100)
    .option("--json", "one JSON object a line")
    .action((works: string[], options: Omit<BenchOptions, "works" | "json"> & { json?: boolean }) =>
      found({ kind: "bench", options: { ...options, works, json: options.json === true } }),
    );
  addFileCommand(parser, "txnlog", "print transaction logs", found);
  addFileCommand(parser, "snapshot", "print snapshots", found);
  parser
    .command("version")
    .description("print the version")
    .action(() => {
      process.stdout.write(`${versionText()}\n`);
    });
  return parser;
}

function parseSize(text: string): number {
  const size = Number(text);
  if (!Number.isInteger(size) || size < 2 || size > 99)
    throw new InvalidArgumentError("It takes 2 to 99 servers.");
  return size;
}

function count(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`);
    return value;
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 60_000)
    throw new InvalidArgumentError("It takes a port from 1 to 60000.");
  return port;
}

function addFileCommand(
  parser: Parser,
  kind: "txnlog" | "snapshot",
  description: string,
  found: (command: Command) => void,
): void {
  parser
    .command(kind)
    .description(description)
    .argument("<files...>", "files of a version-2 folder")
    .option("--json", "one JSON object a line")
    .action((files: string[], options: { json?: boolean }) =>
      found({ kind, files, json: options.json === true }),
    );
}
