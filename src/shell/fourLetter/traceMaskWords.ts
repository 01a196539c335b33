import type { TraceMask } from "../../core/stats/traceMask.ts";

/** `gtmk`: the trace mask in decimal, without line end. */
export function gtmk(traceMask: TraceMask): string {
  return traceMask.value.toString();
}

/** `stmk`: sets the mask to a signed 64-bit value and answers it, without line end. */
export function stmk(traceMask: TraceMask, value: bigint): string {
  traceMask.value = value;
  return gtmk(traceMask);
}
