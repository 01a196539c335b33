/** Something that the operator should read about the configuration; `error` does not keep the server from starting. */
export interface ConfigNotice {
  readonly level: "info" | "warn" | "error";
  readonly text: string;
}

/** Collects the notices of one load, each text once. */
export class ConfigNotices {
  readonly #notices: ConfigNotice[] = [];

  info(text: string): void {
    this.#add({ level: "info", text });
  }

  warn(text: string): void {
    this.#add({ level: "warn", text });
  }

  error(text: string): void {
    this.#add({ level: "error", text });
  }

  all(): readonly ConfigNotice[] {
    return this.#notices;
  }

  #add(notice: ConfigNotice): void {
    if (!this.#notices.some(({ text }) => text === notice.text)) this.#notices.push(notice);
  }
}
