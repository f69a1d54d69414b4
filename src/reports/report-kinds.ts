// Which reports there are. Pure: the console lists them too, without the library of the schemas.

/** Which reports there are, in the order of the form. */
export const reportKinds = [
  'secrets',
  'compliance',
  'runs',
  'log',
  'destinations',
  'drills',
  'incidents',
  'audit',
] as const;

/** One of `reportKinds`. */
export type ReportKind = (typeof reportKinds)[number];
