import type { ServerView } from "../../core/stats/serverView.ts";
import type { TraceMask } from "../../core/stats/traceMask.ts";
import { conf } from "./conf.ts";
import { cons } from "./cons.ts";
import { crst } from "./crst.ts";
import { dirs } from "./dirs.ts";
import { dump } from "./dump.ts";
import { envi } from "./envi.ts";
import { hash } from "./hash.ts";
import { isro } from "./isro.ts";
import { mntr } from "./mntr.ts";
import { ruok } from "./ruok.ts";
import { srst } from "./srst.ts";
import { srvr } from "./srvr.ts";
import { stat } from "./stat.ts";
import { gtmk, stmk } from "./traceMaskWords.ts";
import { wchc } from "./wchc.ts";
import { wchp } from "./wchp.ts";
import { wchs } from "./wchs.ts";
import { parseWhitelist } from "./whitelist.ts";
import { type ClientWord, type FourLetterWord, TELNET_CLOSE } from "./words.ts";

const NOT_SERVING = "This ZooKeeper instance is not currently serving requests";
/** Bytes of the mask that follows stmk, a big-endian signed 64-bit int. */
const MASK_BYTES = 8;
/** Characters that Apache writes to the socket at once; each such write counts as a packet sent. */
const PACKET_CHARACTERS = 8192;

/** Settings of the words: `whitelist` is the value of `4lw.commands.whitelist`, null when not set. */
export interface FourLetterOptions {
  readonly whitelist: string | null;
  readonly readOnlyModeEnabled: boolean;
  readonly traceMask: TraceMask;
}

/** What the words may see while nothing is served. */
export interface NotServingView {
  readonly mode: null;
  readonly environment: ServerView["environment"];
}

/** Answers the words of the client port. After any answer, also none, the connection is to be closed. */
export class FourLetterWords {
  readonly #enabled: ReadonlySet<string>;
  readonly #traceMask: TraceMask;

  constructor(options: FourLetterOptions) {
    this.#enabled = parseWhitelist(options.whitelist, options.readOnlyModeEnabled);
    this.#traceMask = options.traceMask;
  }

  /** Bytes to wait for after the word before it can be answered: 8 for an enabled stmk, else 0. */
  extraBytes(word: ClientWord): number {
    return word === "stmk" && this.#enabled.has(word) ? MASK_BYTES : 0;
  }

  /** The whole answer; null for telnet's interrupt where all words are enabled, which is a close without a text. */
  answer(
    word: ClientWord,
    view: ServerView | NotServingView,
    extra: Uint8Array = new Uint8Array(0),
  ): string | null {
    if (!this.#enabled.has(word)) return `${word} is not executed because it is not in the whitelist.\n`;
    switch (word) {
      case TELNET_CLOSE:
        return null;
      case "ruok":
        return ruok();
      case "envi":
        return envi(view);
      case "isro":
        return isro(view);
      case "gtmk":
        return gtmk(this.#traceMask);
      case "stmk":
        return stmk(this.#traceMask, maskOf(extra));
      case "hash":
        // The only one of Apache's refusals without a line end.
        return view.mode === null ? NOT_SERVING : hash(view);
      default:
        return view.mode === null ? `${NOT_SERVING}\n` : servingAnswer(word, view);
    }
  }
}

type ServingWord = Exclude<FourLetterWord, "ruok" | "envi" | "isro" | "gtmk" | "stmk" | "hash">;

function servingAnswer(word: ServingWord, view: ServerView): string {
  switch (word) {
    case "conf":
      return conf(view);
    case "cons":
      return cons(view);
    case "crst":
      return crst(view);
    case "dirs":
      return dirs(view);
    case "dump":
      return dump(view);
    case "mntr":
      return mntr(view);
    case "srst":
      return srst(view);
    case "srvr":
      return srvr(view);
    case "stat":
      return stat(view);
    case "wchc":
      return wchc(view);
    case "wchp":
      return wchp(view);
    case "wchs":
      return wchs(view);
  }
}

function maskOf(extra: Uint8Array): bigint {
  return new DataView(extra.buffer, extra.byteOffset, extra.byteLength).getBigInt64(0);
}

/**
 * Packets that Apache counts as sent for an answer: operators who watch `zk_packets_sent` see their own polling in it.
 * The word itself counts as one packet (4 bytes) received, before it is answered.
 */
export function answerPacketCount(answer: string): number {
  return Math.ceil(answer.length / PACKET_CHARACTERS);
}
