import type { Request, Step } from "./steps.ts";

/** What a connection got during a step, in the order in which it came. */
export type Received =
  | { readonly kind: "connect"; readonly bytes: Buffer }
  | { readonly kind: "reply"; readonly request: Request; readonly bytes: Buffer }
  | { readonly kind: "event"; readonly bytes: Buffer }
  /** The answer to the question that ends a step on every connection. */
  | { readonly kind: "fence"; readonly bytes: Buffer }
  | { readonly kind: "closed" }
  /** Nothing came within the time that is given to an answer. */
  | { readonly kind: "silent" };

/** What one server answered to one step. */
export interface StepTrace {
  readonly step: Step;
  readonly byConn: Map<number, Received[]>;
  /** Wall clock at the begin and the end of the step. */
  readonly startMs: number;
  endMs: number;
}
