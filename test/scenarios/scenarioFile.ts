/** A command of a scenario and the reaction that stands below it. */
export interface Step {
  /** Comments and empty lines above the command, as they are. */
  readonly above: string;
  readonly command: string;
  readonly expected: string;
}

const divider = "----";

/** Reads a scenario; throws for a command without a divider below it. */
export function parseScenario(text: string): Step[] {
  const steps: Step[] = [];
  const lines = text.split("\n");
  let above = "";
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (line === "" || line.startsWith("#")) {
      if (i < lines.length - 1) above += `${line}\n`;
      continue;
    }
    if (lines[i + 1] !== divider) throw new Error(`line ${i + 1}: "${line}" has no ${divider} below it`);
    const end = lines.indexOf("", i + 2);
    const last = end < 0 ? lines.length : end;
    steps.push({ above, command: line, expected: lines.slice(i + 2, last).join("\n") });
    above = "";
    i = last;
  }
  return steps;
}

/** The file of these steps, with the reactions given. */
export function formatScenario(steps: readonly Step[], reactions: readonly string[]): string {
  return steps
    .map(({ above, command }, i) => {
      const reaction = reactions[i] === "" ? "" : `${reactions[i]}\n`;
      return `${above}${command}\n${divider}\n${reaction}`;
    })
    .join("\n");
}
