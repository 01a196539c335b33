/** The words of the client port (FourLetterCommands), in alphabetical order. */
export const FOUR_LETTER_WORDS = [
  "conf",
  "cons",
  "crst",
  "dirs",
  "dump",
  "envi",
  "gtmk",
  "hash",
  "isro",
  "mntr",
  "ruok",
  "srst",
  "srvr",
  "stat",
  "stmk",
  "wchc",
  "wchp",
  "wchs",
] as const;

export type FourLetterWord = (typeof FOUR_LETTER_WORDS)[number];

/** Name of the bytes ff f4 ff fd, which telnet sends when its user interrupts it. */
export const TELNET_CLOSE = "telnet close";
const TELNET_CLOSE_LENGTH = 0xfff4fffd | 0;

export type ClientWord = FourLetterWord | typeof TELNET_CLOSE;

const wordByLength = new Map<number, ClientWord>([
  [TELNET_CLOSE_LENGTH, TELNET_CLOSE],
  ...FOUR_LETTER_WORDS.map((word): [number, ClientWord] => [lengthOf(word), word]),
]);

/**
 * The word whose four bytes, read as a big-endian int, are `length` (signed or unsigned); null for every other length.
 * To be asked before the length is checked, and only until a ConnectRequest has been processed on the connection.
 */
export function wordOf(length: number): ClientWord | null {
  return wordByLength.get(length | 0) ?? null;
}

function lengthOf(word: string): number {
  let length = 0;
  for (let i = 0; i < word.length; i++) length = (length << 8) | word.charCodeAt(i);
  return length;
}
