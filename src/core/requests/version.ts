/** Whether the version a client expects lets it write: -1 fits any, every other value must be the current one. */
export function versionFits(expected: number, current: number): boolean {
  return expected === -1 || expected === current;
}
