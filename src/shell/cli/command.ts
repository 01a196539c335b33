import type { ExitCode } from "./exitCodes.ts";

/** Options of a server's start, as texts; checked where they are used. */
export interface ServeOptions {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly memory?: boolean | undefined;
  readonly logLevel?: string | undefined;
  readonly checkConfig?: boolean | undefined;
  readonly printConfig?: boolean | undefined;
}

/** What `zabra bench` is to do; numbers are checked already. */
export interface BenchOptions {
  /** A connect string: host:port, and more behind commas. */
  readonly server: string;
  readonly works: readonly string[];
  readonly connections: number;
  readonly outstanding: number;
  readonly seconds: number;
  /** Of each znode's data. */
  readonly bytes: number;
  readonly json: boolean;
}

/** What a command line asks for; `exit` has printed already what there is to print. */
export type Command =
  | {
      readonly kind: "serve";
      /** Nothing, a zoo.cfg, or port, dataDir and so on. */
      readonly positional: readonly string[];
      readonly options: ServeOptions;
      /** Words -Dname=value. */
      readonly defines: readonly string[];
    }
  | {
      readonly kind: "txnlog" | "snapshot";
      readonly files: readonly string[];
      readonly json: boolean;
    }
  | {
      readonly kind: "ensemble";
      readonly size: number;
      /** Client port of the first server. */
      readonly port: number;
      readonly folder: string;
    }
  | { readonly kind: "bench"; readonly options: BenchOptions }
  | { readonly kind: "exit"; readonly exitCode: ExitCode };

const SUBCOMMANDS = ["ensemble", "bench", "txnlog", "snapshot", "version", "help"];

/**
 * Understands the words after the program's name. `-Dname=value` may stand anywhere before `--`, as people append them.
 * The plain `zabra zoo.cfg` needs no option parser, which would cost a tenth of the start.
 */
export async function parseCommand(words: readonly string[]): Promise<Command> {
  const end = words.indexOf("--");
  const isDefine = (word: string, index: number): boolean => /^-D./.test(word) && (end === -1 || index < end);
  const defines = words.filter(isDefine);
  const rest = words.filter((word, index) => !isDefine(word, index));
  const plain = rest.every((word) => !word.startsWith("-")) && !SUBCOMMANDS.includes(rest.at(0) ?? "");
  if (plain) return { kind: "serve", positional: rest, options: {}, defines };
  const { parseWithOptions } = await import("./options.ts");
  return parseWithOptions(rest, defines);
}
