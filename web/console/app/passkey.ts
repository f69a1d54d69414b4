// Passkeys, by the browser's own JSON forms of WebAuthn (level 3).
import { pageFailure } from './api.ts';

type Json = Record<string, unknown>;

/** True where the browser can make and use passkeys from JSON. */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && 'parseCreationOptionsFromJSON' in PublicKeyCredential;
}

/** Lets the browser make a passkey. It asks the person. */
export async function makePasskey(options: Json): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  return await jsonOf(navigator.credentials.create({ publicKey }));
}

/** Lets the browser answer by a passkey. It asks the person. */
export async function answerByPasskey(options: Json): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  return await jsonOf(navigator.credentials.get({ publicKey }));
}

async function jsonOf(asked: Promise<Credential | null>): Promise<unknown> {
  const credential = await asked.catch((error: unknown) => {
    throw pageFailure('console.no-passkey', error);
  });
  if (credential instanceof PublicKeyCredential) return credential.toJSON();
  throw pageFailure('console.no-passkey', 'nothing was given');
}
