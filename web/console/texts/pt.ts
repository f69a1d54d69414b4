// What the console says, in Brazilian Portuguese.
import type { Texts } from './en.ts';
import * as common from './pt/common.ts';
import * as deletion from './pt/deletion.ts';
import * as drills from './pt/drills.ts';
import * as drop from './pt/drop.ts';
import * as envelopes from './pt/envelopes.ts';
import * as firstSteps from './pt/first-steps.ts';
import * as home from './pt/home.ts';
import * as kept from './pt/kept.ts';
import * as keySet from './pt/key-set.ts';
import * as kits from './pt/kits.ts';
import * as people from './pt/people.ts';
import * as profiles from './pt/profiles.ts';
import * as recordings from './pt/recordings.ts';
import * as recovery from './pt/recovery.ts';
import * as reports from './pt/reports.ts';
import * as restore from './pt/restore.ts';
import * as retention from './pt/retention.ts';
import * as runs from './pt/runs.ts';
import * as settings from './pt/settings.ts';
import * as told from './pt/told.ts';

/** Every text, by the page it belongs to. */
export const pt: Texts = {
  ...common,
  ...home,
  ...firstSteps,
  ...settings,
  ...runs,
  ...retention,
  ...reports,
  ...restore,
  ...deletion,
  ...kits,
  ...recordings,
  ...recovery,
  ...keySet,
  ...kept,
  ...drills,
  ...drop,
  ...envelopes,
  ...profiles,
  ...people,
  ...told,
};
