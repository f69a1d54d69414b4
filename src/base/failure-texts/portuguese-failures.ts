// Every failure in Portuguese, by its code.
import { accountsFailures } from './accounts.ts';
import { breakglassFailures } from './breakglass.ts';
import { drillsFailures } from './drills.ts';
import type { FailureTexts } from './failure-text.ts';
import { placesFailures } from './places.ts';
import { recordingsFailures } from './recordings.ts';
import { repositoryFailures } from './repository.ts';
import { restoreFailures } from './restore.ts';
import { runsFailures } from './runs.ts';
import { secretsFailures } from './secrets.ts';
import { serviceFailures } from './service.ts';

/** Those that the service can answer with, or keep of a run. */
export const failuresInPortuguese: FailureTexts = {
  ...accountsFailures,
  ...serviceFailures,
  ...placesFailures,
  ...runsFailures,
  ...repositoryFailures,
  ...restoreFailures,
  ...breakglassFailures,
  ...drillsFailures,
  ...secretsFailures,
  ...recordingsFailures,
};
