/** The version we say we are, in Apache's words: monitoring tools and client recipes parse it (Version.getFullVersion). */
export const FULL_VERSION = "3.9.5-293c895a8d966a3ecb92872be4a1daf87d725da2, built on 2026-02-11 20:18 UTC";
