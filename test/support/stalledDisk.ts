// Loaded into a server before its program (`--import`): from the moment that the file named by STALL_FILE exists, no
// fdatasync ends any more, as on a disk that hangs. The first one says so on standard error.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { fdatasync } = fs;
const stallFile = process.env["STALL_FILE"] ?? "";
let told = false;

fs.fdatasync = Object.assign((fd: number, done: fs.NoParamCallback): void => {
  if (!fs.existsSync(stallFile)) return fdatasync(fd, done);
  if (!told) fs.writeSync(2, "stalled\n");
  told = true;
}, fdatasync);
syncBuiltinESMExports();
