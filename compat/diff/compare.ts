import type { StepLines } from "./normalise.ts";

/** Where two servers first differ: the lines of one connection in one step. */
export interface Difference {
  readonly step: number;
  readonly conn: number;
  /** The place in the lists from which on they differ. */
  readonly place: number;
  readonly lines: readonly [readonly string[], readonly string[]];
}

/** The first step at which the lines of a connection are not the same, or null. */
export function firstDifference(a: readonly StepLines[], b: readonly StepLines[]): Difference | null {
  for (let step = 0; step < Math.max(a.length, b.length); step++) {
    const [one, other] = [a[step] ?? new Map(), b[step] ?? new Map()];
    const conns = new Set<number>([...one.keys(), ...other.keys()]);
    for (const conn of conns) {
      const lines = [one.get(conn) ?? [], other.get(conn) ?? []] as const;
      const place = firstUnequal(lines[0], lines[1]);
      if (place >= 0) return { step, conn, place, lines };
    }
  }
  return null;
}

function firstUnequal(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (a[i] !== b[i]) return i;
  return -1;
}
