import { ConfigError } from "./configError.ts";
import { knownKey, propertyName } from "./keys.ts";
import type { KeySpec } from "./keys.ts";
import type { ConfigNotices } from "./notices.ts";
import { ExitCode } from "../cli/exitCodes.ts";
import {
  decodeJavaInt,
  decodeJavaLong,
  parseJavaDouble,
  parseJavaInt,
  parseJavaLong,
  parseStrictBoolean,
  valueComplaint,
} from "./values.ts";

/** A text and the words that tell an operator where it was written, as "zoo.cfg line 3". */
export interface OriginatedValue {
  readonly value: string;
  readonly origin: string;
}

/** The origin of values that nobody wrote. */
export const DEFAULT_ORIGIN = "default";

/**
 * The texts of one configuration, by-name keys of zoo.cfg and system properties apart as in Apache, and typed reads of
 * them. Each read notes the value in effect and its origin, for `--print-config`.
 */
export class Settings {
  /** Keys that zoo.cfg takes by name. */
  readonly byName = new Map<string, OriginatedValue>();
  /** System properties by whole name. */
  readonly properties: Map<string, OriginatedValue>;
  readonly notices: ConfigNotices;
  readonly #effective = new Map<string, OriginatedValue>();

  constructor(properties: ReadonlyMap<string, OriginatedValue>, notices: ConfigNotices) {
    this.properties = new Map(properties);
    this.notices = notices;
  }

  /** What was written for a key, by either way; a by-name value goes before a property. */
  find(name: string): OriginatedValue | undefined {
    const spec = knownKey(name);
    if (spec.kind === "cfg") return this.byName.get(name);
    return this.byName.get(name) ?? this.properties.get(propertyName(spec, name));
  }

  text(name: string, fallback: string): string;
  text(name: string, fallback?: string): string | undefined;
  text(name: string, fallback?: string): string | undefined {
    const value = this.find(name)?.value ?? fallback;
    if (value !== undefined) this.note(name, value);
    return value;
  }

  /** Of a text that counts as absent when it is empty. */
  nonEmpty(name: string): string | undefined {
    return this.find(name)?.value === "" ? undefined : this.text(name);
  }

  int(name: string, fallback: number): number {
    return this.#number(name, fallback, parseJavaInt, decodeJavaInt);
  }

  long(name: string, fallback: number): number {
    return this.#number(name, fallback, parseJavaLong, decodeJavaLong);
  }

  double(name: string, fallback: number): number {
    return this.#number(name, fallback, parseJavaDouble, parseJavaDouble);
  }

  /** For properties anything but true is false (`Boolean.parseBoolean`), whatever the default; a warning says so. */
  boolean(name: string, fallback: boolean): boolean {
    const found = this.find(name);
    const value = found === undefined ? fallback : this.#parsed(name, found, parseStrictBoolean, false);
    this.note(name, String(value));
    return value;
  }

  /** On for the very word "yes". */
  yes(name: string): boolean {
    return this.text(name, "no") === "yes";
  }

  /** Off for the very word "no". */
  notNo(name: string): boolean {
    return this.text(name, "yes") !== "no";
  }

  /** Puts a value that a rule changed in the place of the one read, and warns with the rule if somebody wrote it. */
  replace<T extends string | number | boolean>(name: string, value: T, rule: string): T {
    const found = this.find(name);
    if (found !== undefined) {
      this.notices.warn(`${describe(name, found)}: ${rule}; ${value} is used`);
      this.note(name, String(value), `${found.origin}, changed`);
    } else {
      this.note(name, String(value));
    }
    return value;
  }

  /** Notes a value in effect. */
  note(name: string, value: string, origin: string = this.find(name)?.origin ?? DEFAULT_ORIGIN): void {
    this.#effective.set(name, { value, origin });
  }

  /** Value in effect and origin of every key that was read so far, by name. */
  effective(): ReadonlyMap<string, OriginatedValue> {
    return this.#effective;
  }

  /** An error that names the place of a key and its text. */
  refusal(name: string, problem: string): ConfigError {
    return new ConfigError(ExitCode.INVALID_INVOCATION, `${describe(name, this.find(name))}: ${problem}`);
  }

  /** An error about what no key alone is to blame for. */
  invalid(message: string): ConfigError {
    return new ConfigError(ExitCode.INVALID_INVOCATION, message);
  }

  #number(name: string, fallback: number, parse: NumberParser, decode: NumberParser): number {
    const found = this.find(name);
    const value =
      found === undefined
        ? fallback
        : this.#parsed(name, found, this.byName.has(name) ? parse : decode, fallback);
    this.note(name, String(value));
    return value;
  }

  /** By-name keys must parse; a property that does not gives what Apache silently takes, here with a warning. */
  #parsed<T>(name: string, found: OriginatedValue, parse: (text: string) => T | undefined, otherwise: T): T {
    const value = parse(found.value);
    if (value !== undefined) return value;
    const wanted = expectation(knownKey(name), found.value, !this.byName.has(name));
    if (this.byName.has(name)) throw this.refusal(name, `must be ${wanted}`);
    this.notices.warn(
      `${describe(name, found)} is not ${wanted}; ${String(otherwise)} is used, as by Apache`,
    );
    return otherwise;
  }
}

type NumberParser = (text: string) => number | undefined;

/** `zoo.cfg line 3: tickTime=abc`, with secrets left out. */
export function describe(name: string, found: OriginatedValue | undefined): string {
  if (found === undefined) return name;
  return `${found.origin}: ${name}=${knownKey(name).secret ? "…" : found.value}`;
}

function expectation(spec: KeySpec, text: string, decoded: boolean): string {
  return valueComplaint(spec.value, text, decoded) ?? "usable";
}
