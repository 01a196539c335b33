/**
 * Whether text goes for a principal (KerberosName of Apache): anything without `@`, else `service[/host]@realm` with
 * one `@` and at most one `/`, none of them in the realm. Any part may be empty.
 */
export function isKerberosName(name: string): boolean {
  return !name.includes("@") || /^[^/@]*(\/[^/@]*)?@[^/@]*$/.test(name);
}

/**
 * The id that a user who proved `name` gets, having asked for `requested` (authzid; the name itself if not sent), or
 * null where Apache's handler throws. A name without a realm is its own id whatever was requested. Apache cuts a
 * realm by Kerberos's rules, and the only rule without Kerberos needs the default realm, which is empty then; when no
 * rule applies it lets the request stand.
 */
export function authorizedName(name: string, requested: string): string | null {
  if (!isKerberosName(name)) return null;
  return name.includes("@") && !name.endsWith("@") ? requested : name;
}
