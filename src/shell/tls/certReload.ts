import { createHash } from "node:crypto";
import { watch } from "node:fs";
import type { FSWatcher } from "node:fs";
import { dirname } from "node:path";

import type { ReadFile } from "./keyStore.ts";
import { buildSecureContextOptions } from "./secureContext.ts";
import type { TlsServerOptions } from "./secureContext.ts";
import { errorText } from "./tlsError.ts";
import type { TlsLog } from "./tlsError.ts";
import type { TlsSettings } from "./tlsSettings.ts";

export interface CertReloadOptions {
  readonly settings: TlsSettings;
  readonly readFile: ReadFile;
  /** Gets every new context that could be built; TlsAcceptor.setContext, say. */
  readonly apply: (options: TlsServerOptions) => void;
  readonly log: TlsLog;
  /** Quiet time after a change before the files are read: writers replace them one by one. */
  readonly debounceMs?: number;
  /** How often to look without being told, for file systems that tell nothing and for swapped parent folders. */
  readonly pollMs?: number;
}

const DEBOUNCE_MS = 500;
/** So often a change may put the reading off: a folder that is never quiet must not put it off for good. */
const RESTARTS_MAX = 20;
const POLL_MS = 60_000;

/**
 * Follows the store and password files of a TLS port (`client.certReload`, `sslQuorumReloadCertFiles`). It watches
 * their folders, so that a rename over a file counts and so does a swapped link beside it, as Kubernetes does; what
 * decides is the content. A set of files that does not load leaves the one in use, with an error in the log, until the
 * files change again.
 */
export class CertReload {
  readonly #options: CertReloadOptions;
  readonly #files: readonly string[];
  readonly #watchers: FSWatcher[] = [];
  readonly #poll: NodeJS.Timeout;
  #debounce: NodeJS.Timeout | undefined;
  #restarts = 0;
  #fingerprint: string;

  constructor(options: CertReloadOptions) {
    this.#options = options;
    this.#files = storeFiles(options.settings);
    this.#fingerprint = this.#readAll().fingerprint;
    for (const folder of new Set(this.#files.map((file) => dirname(file)))) this.#watch(folder);
    this.#poll = setInterval(() => this.check(), options.pollMs ?? POLL_MS);
    this.#poll.unref();
  }

  /** Reads the files now and applies them if they have changed. */
  check(): void {
    const { settings, log, apply } = this.#options;
    const { fingerprint, readFile } = this.#readAll();
    if (fingerprint === this.#fingerprint) return;
    this.#fingerprint = fingerprint;
    try {
      apply(buildSecureContextOptions(settings, readFile));
      log.info(`TLS key and trust stores of ${settings.prefix}* were read again after a change`);
    } catch (error) {
      log.error(`changed TLS stores cannot be used, the ones before stay in use: ${errorText(error)}`);
    }
  }

  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#debounce);
    for (const watcher of this.#watchers) watcher.close();
  }

  #watch(folder: string): void {
    const onFailure = (error: unknown): void => {
      this.#options.log.warn(`changes in ${folder} are only looked for now and then: ${errorText(error)}`);
    };
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#onChange());
      watcher.on("error", onFailure);
      this.#watchers.push(watcher);
    } catch (error) {
      onFailure(error);
    }
  }

  #onChange(): void {
    if (this.#restarts === RESTARTS_MAX) return;
    this.#restarts++;
    clearTimeout(this.#debounce);
    this.#debounce = setTimeout(() => {
      this.#restarts = 0;
      this.check();
    }, this.#options.debounceMs ?? DEBOUNCE_MS);
    this.#debounce.unref();
  }

  /** One reading of all files, which the build then uses too: it never mixes two states. */
  #readAll(): { fingerprint: string; readFile: ReadFile } {
    const contents = new Map<string, Uint8Array>();
    const failures = new Map<string, unknown>();
    const hash = createHash("sha256");
    for (const file of this.#files) {
      try {
        const bytes = this.#options.readFile(file);
        contents.set(file, bytes);
        hash.update(`${bytes.length}:`).update(bytes);
      } catch (error) {
        failures.set(file, error);
        hash.update(`!${errorText(error)}`);
      }
    }
    const readFile: ReadFile = (path) => {
      const bytes = contents.get(path);
      if (bytes === undefined) throw failures.get(path);
      return bytes;
    };
    return { fingerprint: hash.digest("hex"), readFile };
  }
}

function storeFiles({ keyStore, trustStore }: TlsSettings): string[] {
  const files = [keyStore?.location, keyStore?.passwordPath, trustStore?.location, trustStore?.passwordPath];
  return [...new Set(files.filter((file): file is string => file !== undefined && file !== ""))];
}
