// A recovery key whose master password is quick to try: a test opens it many times.
import { openApp } from '../../src/app.ts';
import { SecretString } from '../../src/base/secret-string.ts';
import { startCeremony } from '../../src/breakglass/ceremony.ts';

/** Makes the instance at `home` and its recovery key. */
export async function quickCeremony(home: string, masterPassword: string): Promise<void> {
  const app = openApp(home);
  try {
    await startCeremony({ ...app, workFactor: 10 }, { masterPassword: new SecretString(masterPassword) });
  } finally {
    app.close();
  }
}
