// What the console says, in English. The Portuguese text has the same keys: the compiler sees to it.
import * as common from './en/common.ts';
import * as deletion from './en/deletion.ts';
import * as drills from './en/drills.ts';
import * as drop from './en/drop.ts';
import * as envelopes from './en/envelopes.ts';
import * as firstSteps from './en/first-steps.ts';
import * as home from './en/home.ts';
import * as kept from './en/kept.ts';
import * as keySet from './en/key-set.ts';
import * as kits from './en/kits.ts';
import * as people from './en/people.ts';
import * as profiles from './en/profiles.ts';
import * as recordings from './en/recordings.ts';
import * as recovery from './en/recovery.ts';
import * as reports from './en/reports.ts';
import * as restore from './en/restore.ts';
import * as retention from './en/retention.ts';
import * as runs from './en/runs.ts';
import * as settings from './en/settings.ts';
import * as told from './en/told.ts';

/** Every text, by the page it belongs to. */
export const en = {
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

/** The shape of the texts: every value a text, or a list of them. */
export type Texts = { [Key in keyof typeof en]: Same<(typeof en)[Key]> };
type Same<Value> = Value extends string
  ? string
  : Value extends string[]
    ? string[]
    : { [Key in keyof Value]: Same<Value[Key]> };
