import { expect } from "chai";
import { createLog } from "../../../src/shell/log.ts";
import { parseLogLevel } from "../../../src/shell/logLevel.ts";
import type { LogLevel } from "../../../src/shell/logLevel.ts";
import { formatLogLine } from "../../../src/shell/logLine.ts";

function capture(terminal: boolean, level: LogLevel = "info") {
  const lines: string[] = [];
  const log = createLog({ level, terminal, destination: { write: (line) => void lines.push(line) } });
  return { log, lines };
}

const ESCAPES = /\u001b\[[0-9;]*m/g; // oxlint-disable-line no-control-regex

describe("createLog", () => {
  it("writes JSON lines with level, time and message", () => {
    const { log, lines } = capture(false);
    log.info({ port: 2181 }, "ready");
    log.debug("not shown");
    expect(lines).to.have.length(1);
    const { time, ...rest } = JSON.parse(lines[0]);
    expect(rest).to.deep.equal({ level: "info", port: 2181, msg: "ready" });
    expect(time).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(lines[0].endsWith("\n")).to.equal(true);
  });

  it("shows no secret in fields or texts", () => {
    const { log, lines } = capture(false, "trace");
    log.trace({ password: "p1", session: { passwd: "p2" }, auth: "p3", superDigest: "p4" }, "login");
    log.trace("id digest:bob:XsYtpmWm5EQm7Sy9uZ4ZQYkQvEo= asks");
    const text = lines.join("");
    for (const secret of ["p1", "p2", "p3", "p4", "XsYtpmWm5"]) expect(text).not.to.contain(secret);
    expect(text).to.contain("bob:…");
  });

  it("writes short lines for a terminal", () => {
    const { log, lines } = capture(true);
    log.warn({ session: "0x1", note: "two words" }, "slow");
    const plain = lines[0].replace(ESCAPES, "");
    expect(plain).to.match(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}slow session=0x1 note="two words"\n$/);
  });

  it("puts a stack below the line on a terminal", () => {
    const { log, lines } = capture(true);
    log.error({ err: new Error("full") }, "cannot write");
    expect(lines[0].replace(ESCAPES, "")).to.match(/ERROR cannot write\nError: full\n\s+at /);
  });

  it("is silent on demand", () => {
    const { log, lines } = capture(false, "silent");
    log.fatal("end");
    expect(lines).to.deep.equal([]);
  });
});

describe("formatLogLine", () => {
  it("lets no control character of a message through", () => {
    const line = formatLogLine(
      JSON.stringify({ level: "info", time: "2026-01-01T00:00:00Z", msg: "a\u001b[2Jb\u0007" }),
    );
    expect(line.replace(ESCAPES, "")).to.match(/ a\?\[2Jb\?\n$/);
  });

  it("gives back what is no JSON object", () => {
    expect(formatLogLine("plain\n")).to.equal("plain\n");
    expect(formatLogLine("[1]\n")).to.equal("[1]\n");
  });
});

describe("parseLogLevel", () => {
  for (const [text, level] of [
    ["warn", "warn"],
    [" WARN ", "warn"],
    ["WARNING", "warn"],
    ["ALL", "trace"],
    ["off", "silent"],
    ["loud", undefined],
  ] as const) {
    it(`${text} is ${String(level)}`, () => expect(parseLogLevel(text)).to.equal(level));
  }
});
