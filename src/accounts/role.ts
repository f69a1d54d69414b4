// What people may do. Each role may do all that the ones after it may.

/**
 * `administrator` changes everything, `operator` starts and tests, `auditor` reads; a `custodian` sees what concerns the
 * recovery key and whether we could recover, and nothing of settings, runs and other people.
 */
export const roles = ['administrator', 'operator', 'auditor', 'custodian'] as const;

/** One of the roles. */
export type Role = (typeof roles)[number];

/** True when `role` may do what is reserved for `needed`. */
export function mayActAs(role: Role, needed: Role): boolean {
  return roles.indexOf(role) <= roles.indexOf(needed);
}
