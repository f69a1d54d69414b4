// Passbolt by its API, as one of its users.
import { z } from 'zod';
import { field, secretFile, secretText } from '../../../../base/secret-schema.ts';
import { addressText, authorityText } from '../../http-client.ts';
import type { SecretSourceKind } from '../../secret-source.ts';

const config = z.strictObject({
  address: addressText('such as https://passbolt.example'),
  userId: field(z.guid(), 'User id', 'the last part of the address of the user in the web interface'),
  privateKey: secretFile('OpenPGP private key', 'of that user, armored, as in its account kit'),
  passphrase: secretText('Passphrase', 'of the private key').optional(),
  serverFingerprint: field(
    z.string().regex(/^(?:[0-9A-Fa-f]\s*){40}$/, 'must be 40 hexadecimal digits'),
    "Fingerprint of the server's OpenPGP key",
    'another one is refused',
  ),
  authority: authorityText(),
});

/** Passbolt. Reading changes nothing there. */
export const passbolt: SecretSourceKind<z.infer<typeof config>> = {
  kind: 'passbolt',
  title: 'Passbolt (API)',
  config,
  async open(settings, { clock }) {
    // OpenPGP is half a megabyte of code: only who reads from Passbolt loads it.
    const { passboltSource } = await import('./passbolt-source.ts');
    return await passboltSource(settings, clock);
  },
};
