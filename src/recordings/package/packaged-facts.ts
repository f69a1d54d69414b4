// What a packaged page tells of its recording once it is open. The page is made of it too: nothing of Node here.

/** The facts, in the order in which they are shown. */
export const packagedFactNames = [
  'startedAt',
  'user',
  'origin',
  'target',
  'account',
  'host',
  'path',
  'id',
  'sha256',
] as const;

/** Those that are known; a time is ISO. */
export type PackagedFacts = Partial<Record<(typeof packagedFactNames)[number], string>>;
