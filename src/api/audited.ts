// Keeps what requests changed, and what was taken out, in the audit trail: by construction every route that is no GET and
// every download, so that none is forgotten.
import type { AuditFacts } from '../audit/entry.ts';
import { type Changes, changesBetween } from '../audit/changes.ts';
import { isFailure } from '../base/failure.ts';
import type { AnyRoute, Download, DownloadInput, DownloadSpec, RouteInput } from './route.ts';
import { settingsState } from './settings-state.ts';

/**
 * Does `work`, then adds an entry with the settings that differ. What was refused is kept too; of strangers only a sign-in,
 * which is slowed down: nobody must be able to fill the trail. Two changes at the same moment may both show in either entry.
 */
export async function audited(
  spec: AnyRoute,
  input: RouteInput<unknown, unknown>,
  work: () => Promise<unknown>,
): Promise<unknown> {
  if (!(spec.isAudited ?? spec.method !== 'GET')) return await work();
  const before = settingsState(input.site);
  try {
    const answer = await work();
    const changes = changesBetween(before, settingsState(input.site));
    const own = spec.changes?.(answer, input.body);
    append(spec, input, { outcome: 'done', ...bothOf(changes, own) });
    return answer;
  } catch (error) {
    const code = isFailure(error) ? error.code : 'api.bug';
    if (!input.isStranger || signInRefusals.has(code)) append(spec, input, { outcome: 'refused', code });
    throw error;
  }
}

/**
 * Prepares a download and adds its entry: nothing is sent before it is written down who takes it. One that could not be
 * prepared (no such file, a destination that is gone) is kept as refused.
 */
export async function auditedDownload(spec: DownloadSpec, input: DownloadInput<unknown>): Promise<Download> {
  const { site, caller, params, query, request } = input;
  const subject = spec.subject?.(query) ?? '';
  const keep = (result: Pick<AuditFacts, 'outcome' | 'code'>): void =>
    void site.audit.append({
      actor: caller.name,
      role: caller.role,
      address: request.ip,
      method: request.method,
      action: `GET ${spec.path}`,
      subject: [...Object.values(params), subject].join(' ').trim().slice(0, subjectLengthMax),
      ...result,
    });
  let made: Download;
  try {
    made = await spec.send(input);
  } catch (error) {
    keep({ outcome: 'refused', code: isFailure(error) ? error.code : 'api.bug' });
    throw error;
  }
  keep({ outcome: 'done' });
  return made;
}

function bothOf(...parts: (Changes | undefined)[]): Changes | undefined {
  const told = parts.filter((part) => part !== undefined);
  if (told.length === 0) return undefined;
  return {
    before: Object.assign({}, ...told.map(({ before }) => before)) as Changes['before'],
    after: Object.assign({}, ...told.map(({ after }) => after)) as Changes['after'],
  };
}

// Paths may be very long, and part of each entry.
const subjectLengthMax = 1000;

const signInRefusals = new Set([
  'accounts.wrong-password',
  'accounts.wrong-code',
  'accounts.passkey-refused',
  'accounts.provider-refused',
]);

function append(
  spec: AnyRoute,
  { site, caller, isStranger, params, body, request }: RouteInput<unknown, unknown>,
  result: Pick<AuditFacts, 'outcome' | 'code' | 'before' | 'after'>,
): void {
  const subject = spec.subject?.(body) ?? Object.values(params).join(' ');
  site.audit.append({
    // Whoever signs in is nobody yet, and says who.
    actor: isStranger && subject !== '' ? subject : caller.name,
    ...(isStranger ? {} : { role: caller.role }),
    address: request.ip,
    method: spec.method,
    action: `${spec.method} ${spec.path}`,
    ...(subject === '' ? {} : { subject }),
    ...result,
  });
}
