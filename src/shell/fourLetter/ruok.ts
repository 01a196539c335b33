/** `ruok`: the process lives; it says nothing about serving. No line end. */
export function ruok(): string {
  return "imok";
}
