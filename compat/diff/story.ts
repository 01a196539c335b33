import type { Outcome } from "./duel.ts";
import type { PlainRequest, Step } from "./steps.ts";

/** A sequence as a story: each step, and what both servers answered, side by side where they differ. */
export function story(outcome: Outcome): string {
  const { difference, endState, failure, lines, steps } = outcome;
  const last = difference?.step ?? steps.length - 1;
  const parts = steps
    .slice(0, last + 1)
    .flatMap((step, i) => [
      `${i + 1}. ${stepText(step)}`,
      ...answers(lines[0][i] ?? new Map(), lines[1][i] ?? new Map()),
    ]);
  if (endState.length > 0)
    parts.push("In the end the trees differ:", ...endState.map((line) => `    ${line}`));
  if (failure !== null) parts.push(failure);
  return parts.join("\n");
}

function answers(
  apache: ReadonlyMap<number, readonly string[]>,
  zabra: ReadonlyMap<number, readonly string[]>,
): string[] {
  const text: string[] = [];
  for (const conn of new Set([...apache.keys(), ...zabra.keys()])) {
    const [a, b] = [apache.get(conn) ?? [], zabra.get(conn) ?? []];
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      if (a[i] === b[i]) {
        if (a[i].startsWith("fence")) continue;
        text.push(`      conn ${conn}: ${a[i]}`);
      } else {
        text.push(`  !   conn ${conn}: apache: ${a[i] ?? "(nothing)"}`);
        text.push(`  !   conn ${conn}: zabra:  ${b[i] ?? "(nothing)"}`);
      }
    }
  }
  return text;
}

function stepText(step: Step): string {
  switch (step.kind) {
    case "open": {
      const { conn, resume, kind: _, ...rest } = step;
      return `conn ${conn} connects ${resume === null ? "with a new session" : `to the session of conn ${resume}`} ${fields(rest)}`;
    }
    case "send":
      return `conn ${step.conn} sends ${step.requests.map(requestText).join("; ") || "nothing"}`;
    case "drop":
      return `conn ${step.conn} is dropped by its client`;
    case "expire":
      return `the session of conn ${step.session} expires ${step.silent ? "while conn " + step.conn + " is silent" : "without a connection"}`;
    case "restart":
      return `the servers are restarted by ${step.signal}`;
    case "pause":
      return `${step.ms} ms pass`;
  }
}

function requestText({ op, ...rest }: PlainRequest): string {
  if (!("ops" in rest)) return `${op} ${fields(rest)}`;
  const { ops, ...more } = rest;
  return `${op} ${fields(more)}[${ops.map(requestText).join("; ")}]`;
}

function fields(of: object): string {
  return Object.entries(of)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(" ");
}
