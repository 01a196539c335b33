/** How long a watch lives and how far it reaches; the values are bits, one entry may hold several (WatcherMode). */
export const WatcherMode = { STANDARD: 1, PERSISTENT: 2, PERSISTENT_RECURSIVE: 4 } as const;
export type WatcherMode = (typeof WatcherMode)[keyof typeof WatcherMode];
