import type { ServerView } from "../../core/stats/serverView.ts";

/** `envi`: what the server runs on; answered also while it is not serving. */
export function envi(view: Pick<ServerView, "environment">): string {
  let text = "Environment:\n";
  for (const [name, value] of view.environment()) text += `${name}=${value}\n`;
  return text;
}
