import { maskText } from "../../test/support/maskText.ts";

/** Words whose recorded text holds nothing that differs from run to run, given the same state. */
const unmaskedWords: ReadonlySet<string> = new Set(["crst", "gtmk", "isro", "ruok", "srst", "stmk", "wchs"]);

/** The first line in which two texts differ; a missing line is null. */
export interface LineDifference {
  readonly line: number;
  readonly expected: string | null;
  readonly actual: string | null;
}

/** Compares a word's answer with the recorded one line by line, once numbers, addresses and times are masked. */
export function firstDifference(
  word: string,
  expectedText: string,
  actualText: string,
): LineDifference | null {
  const expected = comparableLines(word, expectedText);
  const actual = comparableLines(word, actualText);
  for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
    if (expected[i] !== actual[i])
      return { line: i + 1, expected: expected[i] ?? null, actual: actual[i] ?? null };
  }
  return null;
}

function comparableLines(word: string, text: string): string[] {
  if (unmaskedWords.has(word)) return text.split("\n");
  const lines = maskText(text).split("\n");
  if (word === "cons" || word === "stat") return withConnectionsSorted(lines);
  return word === "dump" ? withOneBucketEach(lines) : lines;
}

/** Apache lists connections in an order of chance. */
function withConnectionsSorted(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line.startsWith(" /"));
  if (first < 0) return [...lines];
  const count = lines.slice(first).findIndex((line) => !line.startsWith(" /"));
  return [
    ...lines.slice(0, first),
    ...lines.slice(first, first + count).toSorted(),
    ...lines.slice(first + count),
  ];
}

/** Whether two things expire at the same tick, and whether an empty tick is still listed, is a matter of timing. */
function withOneBucketEach(lines: readonly string[]): string[] {
  let seen = false;
  return lines.filter((line) => {
    if (line.includes(" Sets (")) seen = false;
    if (!line.includes(" expire at ")) return true;
    const isFirst = !seen;
    seen = true;
    return isFirst;
  });
}
