import { closeSync, constants, openSync, readSync } from "node:fs";

const yes = "1".charCodeAt(0);

/**
 * What the file of oraclePath says now: whether its first character is 1. One that is missing or cannot be read says no.
 * It is asked within a turn, for each commit of a server that is alone, as in Apache; a pipe does not hold it up.
 */
export function askOracleFile(path: string): boolean {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const first = Buffer.alloc(1);
      return readSync(file, first, 0, 1, null) === 1 && first[0] === yes;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
