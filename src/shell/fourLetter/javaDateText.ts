const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** English locales that between them know the short names of most zones; each knows only those of its own region. */
const localesWithZoneNames = [
  "en-US",
  "en-GB",
  "en-CA",
  "en-AU",
  "en-NZ",
  "en-IN",
  "en-ZA",
  "en-HK",
  "en-SG",
];

/** Java's names, winter then summer, of much used zones for which no English locale has one. */
const javaNamesByZone: ReadonlyMap<string, readonly [standard: string, daylight: string]> = new Map([
  ["Asia/Tokyo", ["JST", "JDT"]],
  ["Asia/Seoul", ["KST", "KDT"]],
  ["Asia/Shanghai", ["CST", "CDT"]],
  ["Asia/Taipei", ["CST", "CDT"]],
  ["Asia/Hong_Kong", ["HKT", "HKST"]],
  ["Asia/Singapore", ["SGT", "SGT"]],
  ["Asia/Jerusalem", ["IST", "IDT"]],
  ["Europe/Moscow", ["MSK", "MSD"]],
  ["America/Sao_Paulo", ["BRT", "BRST"]],
  ["America/Argentina/Buenos_Aires", ["ART", "ARST"]],
  ["America/Bogota", ["COT", "COST"]],
  ["Asia/Bangkok", ["ICT", "ICST"]],
  ["Asia/Dhaka", ["BDT", "BDST"]],
  ["Asia/Jakarta", ["WIB", "WIB"]],
  ["Asia/Karachi", ["PKT", "PKST"]],
  ["Asia/Katmandu", ["NPT", "NPT"]],
  ["Asia/Manila", ["PST", "PDT"]],
  ["Asia/Riyadh", ["AST", "ADT"]],
  ["Asia/Tehran", ["IRST", "IRDT"]],
  ["Europe/Istanbul", ["TRT", "TRST"]],
]);

/**
 * Text of Java's Date.toString in the machine's zone, such as `Sun Nov 22 23:02:15 UTC 2026`; `timeMs` is since 1970.
 * A zone without a short name in English is written as its offset, `GMT+05:45`.
 */
export function javaDateText(timeMs: number): string {
  const date = new Date(timeMs);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
  const day = `${weekdays[date.getDay()]} ${months[date.getMonth()]} ${twoDigits(date.getDate())}`;
  return `${day} ${time} ${zoneName(date)} ${date.getFullYear()}`;
}

function zoneName(date: Date): string {
  const zone = new Intl.DateTimeFormat("en-US").resolvedOptions().timeZone;
  const isDaylight = date.getTimezoneOffset() < standardOffsetMinutes(date.getFullYear());
  const known = javaNamesByZone.get(zone);
  if (known !== undefined) return known[isDaylight ? 1 : 0];
  for (const locale of localesWithZoneNames) {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: "short" }).formatToParts(date);
    const name = parts.find(({ type }) => type === "timeZoneName")?.value;
    if (name !== undefined && !/[+\-\d]/.test(name)) return name;
  }
  return offsetName(-date.getTimezoneOffset());
}

/** Minutes west of Greenwich in winter, which is the greater of the year's two offsets. */
function standardOffsetMinutes(year: number): number {
  return Math.max(new Date(year, 0, 1).getTimezoneOffset(), new Date(year, 6, 1).getTimezoneOffset());
}

function offsetName(minutesEast: number): string {
  const magnitude = Math.abs(minutesEast);
  const sign = minutesEast < 0 ? "-" : "+";
  return `GMT${sign}${twoDigits(Math.floor(magnitude / 60))}:${twoDigits(magnitude % 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
