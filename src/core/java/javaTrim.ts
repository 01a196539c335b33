/**
 * String.trim of Java: takes away everything up to U+0020 at both ends. A loop, since a pattern anchored at the end takes
 * quadratic time over spaces in the middle.
 */
export function javaTrim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(start, end);
}
