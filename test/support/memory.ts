import { memoryUsage } from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");

/** Bytes in use in this process, garbage apart: heap and buffers. */
export function memoryInUse(): number {
  if (typeof collect !== "function") throw new Error("this node has no garbage collection on demand");
  collect();
  const { heapUsed, arrayBuffers } = memoryUsage();
  return heapUsed + arrayBuffers;
}
