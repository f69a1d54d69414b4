// The roles, in the order in which forms offer them.
import type { RoleView } from '../../../../src/api/schemas/common.ts';

/** All of them. */
export const roles: RoleView[] = ['administrator', 'operator', 'auditor', 'custodian'];
