import { X509Certificate } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { CertReload } from "../../../../src/shell/tls/certReload.ts";
import type { CertReloadOptions } from "../../../../src/shell/tls/certReload.ts";
import { defaultTlsSettings } from "../../../../src/shell/tls/tlsSettings.ts";

const fixtures = fileURLToPath(new URL("../../../fixtures/tls/", import.meta.url));
const NEVER_MS = 3_600_000;

/** Something that tests wait for: the names of applied certificates and the errors, in order. */
class Events {
  readonly seen: string[] = [];
  #wake: (() => void) | undefined;

  add(event: string): void {
    this.seen.push(event);
    this.#wake?.();
  }

  async reach(count: number): Promise<string[]> {
    while (this.seen.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.seen;
  }
}

describe("CertReload", () => {
  let folder: string;
  let reload: CertReload | undefined;
  let events: Events;

  const start = (location: string, rest: Partial<CertReloadOptions> = {}): void => {
    reload = new CertReload({
      settings: {
        ...defaultTlsSettings("ssl."),
        keyStore: { location },
        trustStore: { location: `${fixtures}ca.pem` },
      },
      readFile: (path) => readFileSync(path),
      apply: ({ context }) => {
        const cert = Array.isArray(context.cert) ? context.cert[0] : context.cert;
        events.add(/CN=(.*)/.exec(new X509Certificate(cert ?? "").subject)?.[1] ?? "");
      },
      log: { info: () => undefined, warn: (text) => events.add(text), error: (text) => events.add(text) },
      debounceMs: 5,
      pollMs: NEVER_MS,
      ...rest,
    });
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "zabra-tls-"));
    events = new Events();
  });
  afterEach(() => {
    reload?.close();
    rmSync(folder, { recursive: true });
  });

  it("sees a file renamed over the store, again and again", async () => {
    const location = join(folder, "store.pem");
    copyFileSync(`${fixtures}server.pem`, location);
    start(location);
    for (const [index, name] of ["renewed", "server", "renewed"].entries()) {
      copyFileSync(`${fixtures}${name}.pem`, join(folder, "next"));
      renameSync(join(folder, "next"), location);
      await events.reach(index + 1);
    }
    expect(events.seen).to.deep.equal(["renewed", "localhost", "renewed"]);
  });

  it("sees Kubernetes swap the link to the folder of the files", async () => {
    for (const [version, name] of Object.entries({ v1: "server", v2: "renewed" })) {
      mkdirSync(join(folder, version));
      copyFileSync(`${fixtures}${name}.pem`, join(folder, version, "store.pem"));
    }
    symlinkSync("v1", join(folder, "..data"));
    symlinkSync("..data/store.pem", join(folder, "store.pem"));
    start(join(folder, "store.pem"));
    symlinkSync("v2", join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    expect(await events.reach(1)).to.deep.equal(["renewed"]);
  });

  it("keeps the old stores while the new ones are broken", async () => {
    const location = join(folder, "store.pem");
    copyFileSync(`${fixtures}server.pem`, location);
    start(location);
    copyFileSync(`${fixtures}mismatch.pem`, location);
    expect((await events.reach(1))[0])
      .to.include("stay in use")
      .and.include("does not belong");
    copyFileSync(`${fixtures}renewed.pem`, location);
    expect((await events.reach(2))[1]).to.equal("renewed");
  });

  it("applies nothing when only the time of a file changes, or another file", () => {
    const location = join(folder, "store.pem");
    copyFileSync(`${fixtures}server.pem`, location);
    start(location, { debounceMs: NEVER_MS });
    copyFileSync(`${fixtures}server.pem`, location);
    copyFileSync(`${fixtures}renewed.pem`, join(folder, "other.pem"));
    reload?.check();
    expect(events.seen).to.deep.equal([]);
    rmSync(location);
    reload?.check();
    expect(events.seen).to.have.length(1);
    expect(events.seen[0]).to.include("ENOENT");
    reload?.check();
    expect(events.seen).to.have.length(1);
  });

  it("looks now and then where nothing tells of changes", async () => {
    const location = join(folder, "link", "store.pem");
    for (const name of ["server", "renewed"]) {
      mkdirSync(join(folder, name));
      copyFileSync(`${fixtures}${name}.pem`, join(folder, name, "store.pem"));
    }
    symlinkSync("server", join(folder, "link"));
    start(location, { pollMs: 5 });
    symlinkSync("renewed", join(folder, "link2"));
    renameSync(join(folder, "link2"), join(folder, "link"));
    expect(await events.reach(1)).to.deep.equal(["renewed"]);
  });
});
