import { readdirSync, readFileSync } from "node:fs";

const goldenFolder = new URL("../../golden/", import.meta.url);

/** One line of a recording of the client wire, see test/golden/wire/README.md. */
export interface WireLine {
  readonly conn: number;
  readonly dir: "c2s" | "s2c";
  readonly hex: string;
  readonly note: string;
  readonly eof?: boolean;
}

/** One frame of a recording between peers, see test/golden/README.md. */
export interface PeerLine {
  readonly conn: number;
  readonly port: "election" | "learner";
  readonly from: number;
  readonly type: string;
  readonly hex: string;
  readonly decoded: Readonly<Record<string, unknown>>;
}

/** Names of the recordings in a folder of test/golden, without their extension, sorted. */
export function goldenNames(folder: "wire" | "peer"): string[] {
  return readdirSync(new URL(`${folder}/`, goldenFolder))
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => name.slice(0, -".jsonl".length))
    .sort();
}

export function wireLines(name: string): WireLine[] {
  return jsonLines(`wire/${name}.jsonl`) as WireLine[];
}

/** The first line, which describes the recording, is left out. */
export function peerLines(name: string): PeerLine[] {
  return jsonLines(`peer/${name}.jsonl`).slice(1) as PeerLine[];
}

function jsonLines(path: string): unknown[] {
  const text = readFileSync(new URL(path, goldenFolder), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
