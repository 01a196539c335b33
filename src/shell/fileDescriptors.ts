import { readdirSync, readFileSync } from "node:fs";

/** Open and allowed file descriptors of this process; -1 where the system does not tell. */
export function fileDescriptors(): { openFileDescriptorCount: number; maxFileDescriptorCount: number } {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const max = /^Max open files\s+(\d+)/m.exec(limits);
    return {
      openFileDescriptorCount: readdirSync("/proc/self/fd").length,
      maxFileDescriptorCount: max === null ? -1 : Number(max[1]),
    };
  } catch {
    return { openFileDescriptorCount: -1, maxFileDescriptorCount: -1 };
  }
}
