// Tells people and the SIEM that somebody changed a setting.
import { orbitEvent } from '../base/event.ts';
import type { ApiSite, Caller } from './site.ts';

/** `caller` changed `setting`, of `subject` when there is one. */
export function tellChange(site: ApiSite, caller: Caller, setting: string, subject?: string): void {
  const { name: user, role } = caller;
  site.tell(orbitEvent('settings.changed', { user, role, setting, subject }, site.clock.now()));
}
