// Four eyes for commands that need no data folder: where there is one on this machine, its rules count for them too.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ApprovalWanted } from '../accounts/approval.ts';
import type { CliContext } from './context.ts';

/** @throws Failure `approvals.waiting` where the instance of the data folder wants a second administrator for this. */
export async function requireApprovalAtHome(context: CliContext, wanted: ApprovalWanted): Promise<void> {
  if (!existsSync(join(context.home, 'orbit.db'))) return;
  const { requireApproval } = await import('../accounts/approval.ts');
  const { actor } = await import('./actor.ts');
  const { withHome } = await import('./open-home.ts');
  await withHome(context, (app) => requireApproval(app, wanted, actor()));
}
