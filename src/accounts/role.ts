// Who people are. What each role may do stands in the table of scopes.

/**
 * `administrator` changes everything, `operator` starts and tests, `auditor` reads; a `custodian` sees what concerns the
 * recovery key and whether we could recover, and nothing of settings, runs and other people. The strongest comes first.
 */
export const roles = ['administrator', 'operator', 'auditor', 'custodian'] as const;

/** One of the roles. */
export type Role = (typeof roles)[number];
