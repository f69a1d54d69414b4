// What people may do. Each role may do all that the ones after it may.

/** `administrator` changes everything, `operator` starts and tests, `auditor` reads. */
export const roles = ['administrator', 'operator', 'auditor'] as const;

/** One of the roles. */
export type Role = (typeof roles)[number];

/** True when `role` may do what is reserved for `needed`. */
export function mayActAs(role: Role, needed: Role): boolean {
  return roles.indexOf(role) <= roles.indexOf(needed);
}
