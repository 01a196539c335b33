/** A login configuration that does not parse; the text names file, line, what was found and what belongs there. */
export class JaasError extends Error {
  readonly code = "JAAS_SYNTAX";
}
