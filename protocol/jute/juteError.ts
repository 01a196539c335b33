/** Why bytes were refused by the codec. */
export type JuteErrorCode =
  | "EOF" // the record goes on past the end of its bytes
  | "LENGTH" // a length or count that no legal message has
  | "VALUE"; // a field that holds something its type cannot

/**
 * The only error that decoding throws. Its message names record, field and offset, so that a log line tells
 * which byte of which message was wrong.
 */
export class JuteError extends Error {
  readonly code: JuteErrorCode;
  /** Byte offset from the start of the buffer that was being read. */
  readonly offset: number;
  /** `Record.field` once the record codec has added it, else "". */
  readonly field: string;

  constructor(code: JuteErrorCode, offset: number, detail: string, field = "") {
    super(`${field === "" ? "" : `${field}: `}${detail} at offset ${offset}`);
    this.name = "JuteError";
    this.code = code;
    this.offset = offset;
    this.field = field;
    this.detail = detail;
  }

  /** The message without field and offset. */
  readonly detail: string;

  /** The same error with an outer name in front of its field path. */
  within(name: string): JuteError {
    const path =
      this.field === "" ? name : this.field.startsWith("[") ? name + this.field : `${name}.${this.field}`;
    return new JuteError(this.code, this.offset, this.detail, path);
  }
}
