import { findKey } from "./keys.ts";
import type { KeySpec } from "./keys.ts";
import { describe } from "./settings.ts";
import type { OriginatedValue, Settings } from "./settings.ts";
import { valueComplaint } from "./values.ts";

/** A key that somebody wrote, with its place. */
interface WrittenKey {
  readonly name: string;
  readonly spec: KeySpec;
  readonly found: OriginatedValue;
}

/** Applies the classes of the table: throws for keys that are refused, warns for those without effect. */
export function checkKeyClasses(settings: Settings): void {
  for (const { name, spec, found } of writtenKeys(settings)) {
    if (isHarmless(spec, found.value)) continue;
    if (spec.keyClass === "R") throw settings.refusal(name, `refused: ${spec.reason}`);
    if (spec.keyClass === "W" && !spec.notBuiltYet) {
      settings.notices.warn(`${describe(name, found)} has no effect: ${spec.reason}`);
    }
  }
  checkAdminServer(settings);
  checkAudit(settings);
  checkMetricsProvider(settings);
}

/** Checks the texts of keys that nothing has read: bad by-name values stop the start as in Apache, others are told. */
export function checkUnreadValues(settings: Settings): void {
  for (const { name, spec, found } of writtenKeys(settings)) {
    if (settings.effective().has(name)) continue;
    const byName = settings.byName.has(name);
    const complaint = valueComplaint(spec.value, found.value, !byName);
    if (complaint !== null && byName) throw settings.refusal(name, `must be ${complaint}`);
    if (complaint !== null && spec.keyClass === "H") {
      settings.notices.warn(`${describe(name, found)} is not ${complaint}`);
    }
    settings.note(name, found.value, found.origin);
  }
}

function writtenKeys(settings: Settings): WrittenKey[] {
  const keys: WrittenKey[] = [];
  for (const [name, found] of settings.byName) {
    const spec = findKey(name);
    if (spec !== undefined) keys.push({ name, spec, found });
  }
  for (const [property, found] of settings.properties) {
    const name = property.replace(/^zookeeper\./, "");
    const spec = findKey(name);
    const isJvm = property === name;
    if (spec === undefined || spec.kind === "cfg" || (spec.kind === "jvm") !== isJvm) continue;
    if (!settings.byName.has(name)) keys.push({ name, spec, found });
  }
  return keys;
}

/** Asking for what there is anyway, as `ssl.crl=false`. */
function isHarmless(spec: KeySpec, value: string): boolean {
  if (value === "" || value === spec.defaultText) return true;
  return spec.value === "boolean" && spec.defaultText === "false" && value.toLowerCase() !== "true";
}

function checkAdminServer(settings: Settings): void {
  if (settings.find("admin.enableServer")?.value === "false") return;
  const keys = writtenKeys(settings).filter(({ name }) => name.startsWith("admin."));
  if (keys.length > 0) warnNotBuilt(settings, "the AdminServer", keys);
}

const AUDIT_CLASSES = ["Slf4jAuditLogger", "org.apache.zookeeper.audit.Slf4jAuditLogger"];

function checkAudit(settings: Settings): void {
  if (settings.find("audit.enable")?.value.toLowerCase() !== "true") return;
  const impl = settings.find("audit.impl.class")?.value;
  if (impl !== undefined && !AUDIT_CLASSES.includes(impl)) {
    throw settings.refusal("audit.impl.class", "a Java class cannot run here; remove the key");
  }
  const keys = writtenKeys(settings).filter(({ name }) => name.startsWith("audit."));
  warnNotBuilt(settings, "the audit log", keys);
}

const METRICS_PACKAGE = "org.apache.zookeeper.metrics.";
const NO_EXPORTER = [
  `${METRICS_PACKAGE}impl.DefaultMetricsProvider`,
  `${METRICS_PACKAGE}impl.NullMetricsProvider`,
];
const PROMETHEUS = `${METRICS_PACKAGE}prometheus.PrometheusMetricsProvider`;

function checkMetricsProvider(settings: Settings): void {
  const className = settings.find("metricsProvider.className")?.value;
  if (className !== undefined && className !== PROMETHEUS && !NO_EXPORTER.includes(className)) {
    throw settings.refusal("metricsProvider.className", `no such provider here; known: ${PROMETHEUS}`);
  }
  const keys = writtenKeys(settings).filter(
    ({ name, found }) => name.startsWith("metricsProvider.") && !NO_EXPORTER.includes(found.value),
  );
  if (keys.length > 0) warnNotBuilt(settings, "the metrics exporter", keys);
}

function warnNotBuilt(settings: Settings, what: string, keys: readonly WrittenKey[]): void {
  const names = keys.map(({ name }) => name).join(", ");
  settings.notices.warn(`${keys[0].found.origin}: ${what} is not built yet; no effect have: ${names}`);
}
