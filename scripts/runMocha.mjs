// `npm test`: every test under test/, or the files and flags given. TypeScript is run as it is, by tsx.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const mocha = join(root, "node_modules", "mocha", "bin", "mocha.js");
const given = process.argv.slice(2);
// Flags alone, such as --grep, still mean all tests.
if (!given.some((word) => word.endsWith(".ts"))) given.push("test/**/*.test.ts");
const child = spawn(process.execPath, ["--import", "tsx", mocha, ...given], { cwd: root, stdio: "inherit" });
child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
