// Saves the opening record beside the page, sealed, when something was seen that no saved record tells.
import { download } from './dom.ts';
import { sealRecord } from './opening-record.ts';
import type { Session } from './session.ts';

/** Downloads the record as it stands, unless that was done already. */
export async function saveRecord(session: Session): Promise<void> {
  const { record, manifest } = session;
  if (record === undefined || !session.isRecordUnsaved) return;
  const sealed = await sealRecord(record, manifest.recoveryKey.recipient);
  download(`orbit-opening-${record.openedAt.slice(0, 19).replaceAll(':', '-')}.age`, sealed);
  session.isRecordUnsaved = false;
}
