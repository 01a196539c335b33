import { Command, InvalidArgumentError } from "commander";

export interface Options {
  readonly seed: number;
  readonly minutes: number;
  readonly sequences: number;
  /** Command words of the server under test; null: ours. */
  readonly against: readonly string[] | null;
  readonly casesOnly: boolean;
  /** Whether the kept cases are replayed first. */
  readonly cases: boolean;
  /** Whether a new case is written to the folder of cases. */
  readonly save: boolean;
  readonly stopAtFirst: boolean;
  /** Whether a difference is made as short as it can be before it is told. */
  readonly shrink: boolean;
}

/** Reads the command line; prints help or what is wrong and ends the process. */
export function readOptions(argv: readonly string[]): Options {
  const command = new Command("compat:diff")
    .description(
      "plays the same random sequences of requests to Apache ZooKeeper and to ours and compares the answers",
    )
    .option("--seed <n>", "where the sequences come from; by default the time", number)
    .option("--minutes <m>", "how long to go on", number, 1)
    .option("--sequences <k>", "how many sequences at most", number, Infinity)
    .option("--against <words>", "launcher of the server that is compared with Apache's")
    .option("--cases-only", "replay the kept cases and nothing else", false)
    .option("--no-cases", "do not replay the kept cases")
    .option("--no-save", "do not write a new case to a file")
    .option("--no-shrink", "tell a difference as it was found")
    .option("--first", "end at the first difference", false);
  command.parse([...argv]);
  const given: {
    seed?: number;
    minutes: number;
    sequences: number;
    against?: string;
    casesOnly: boolean;
    cases: boolean;
    save: boolean;
    first: boolean;
    shrink: boolean;
  } = command.opts();
  return {
    seed: given.seed ?? Date.now() % 1_000_000,
    minutes: given.minutes,
    sequences: given.sequences,
    against: given.against?.split(" ").filter((word) => word !== "") ?? null,
    casesOnly: given.casesOnly,
    cases: given.cases,
    // A difference of a server that is wrong on purpose is no case.
    save: given.save && given.against === undefined,
    stopAtFirst: given.first,
    shrink: given.shrink,
  };
}

function number(text: string): number {
  const value = Number(text);
  if (text === "" || Number.isNaN(value)) throw new InvalidArgumentError("not a number");
  return value;
}
