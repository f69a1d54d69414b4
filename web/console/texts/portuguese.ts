// Everything that is said in Portuguese, in one file that is fetched when it is wanted.
import { commonFailures } from './failures/common.ts';
import { engineFailures } from './failures/engine.ts';
import { machineFailures } from './failures/machine.ts';
import { placesFailures } from './failures/places.ts';
import { recoveryFailures } from './failures/recovery.ts';
import { secretsFailures } from './failures/secrets.ts';
import { serviceFailures } from './failures/service.ts';
import type { FailureTexts } from './failures/texts.ts';

export { pt } from './pt.ts';
export { fieldsInPortuguese } from './fields-pt.ts';

/** Every failure that people may meet in the console, by its code. */
export const failuresInPortuguese: FailureTexts = {
  ...commonFailures,
  ...serviceFailures,
  ...placesFailures,
  ...engineFailures,
  ...machineFailures,
  ...secretsFailures,
  ...recoveryFailures,
};
