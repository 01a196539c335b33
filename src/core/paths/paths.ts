/** Where each server keeps the configuration of its ensemble for clients to read. */
export const configPath = "/zookeeper/config";

/**
 * The full path rule (PathUtils.validatePath; client.md section 9), in UTF-16 units: starts with `/`, does not end
 * with one, no empty, `.` or `..` component, no unit that is refused below. Null is no path.
 */
export function validatePath(path: string | null): boolean {
  if (path === null) return false;
  const length = path.length;
  if (length === 0 || path.charCodeAt(0) !== 0x2f) return false;
  if (length === 1) return true;
  if (path.charCodeAt(length - 1) === 0x2f) return false;
  let componentStart = 1;
  for (let i = 1; i <= length; i++) {
    const unit = i < length ? path.charCodeAt(i) : 0x2f;
    if (unit === 0x2f) {
      const size = i - componentStart;
      if (size === 0) return false;
      if (path.charCodeAt(componentStart) === 0x2e) {
        if (size === 1 || (size === 2 && path.charCodeAt(componentStart + 1) === 0x2e)) return false;
      }
      componentStart = i + 1;
    } else if (isRefusedUnit(unit)) {
      return false;
    }
  }
  return true;
}

/** Control characters, surrogates, the private use area and the specials. */
function isRefusedUnit(unit: number): boolean {
  return (
    unit <= 0x1f ||
    (unit >= 0x7f && unit <= 0x9f) ||
    (unit >= 0xd800 && unit <= 0xf8ff) ||
    (unit >= 0xfff0 && unit <= 0xffff)
  );
}

/** The parent's cversion as Java's `%010d`: ten places, the sign in front when the counter has wrapped. */
export function sequenceSuffix(cversion: number): string {
  return cversion < 0 ? `-${String(-cversion).padStart(9, "0")}` : String(cversion).padStart(10, "0");
}

/**
 * What metrics by namespace count a path under: the text between its first two slashes; null when there is none, or
 * nothing but slashes behind it (PathUtils.getTopNamespace, with the empty ends that Java's split drops).
 */
export function topNamespace(path: string): string | null {
  const start = path.indexOf("/") + 1;
  if (start === 0) return null;
  const slash = path.indexOf("/", start);
  if (slash === -1) return start === path.length ? null : path.slice(start);
  return slash > start || /[^/]/.test(path.slice(slash)) ? path.slice(start, slash) : null;
}
