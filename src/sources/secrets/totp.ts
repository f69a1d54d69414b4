// Second factors: the code of now from what a vault keeps (RFC 6238), and what people paste made into one form.
import { HOTP, Secret, TOTP, URI } from 'otpauth';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { SecretString } from '../../base/secret-string.ts';

/** A code and how long it is good for, in seconds. */
export interface TotpCode {
  code: SecretString;
  secondsLeft: number;
}

/**
 * The code of this moment for an `otpauth://totp/…` URI.
 * @throws Failure `secrets.bad-totp` when the text is none.
 */
export function totpCode(totp: SecretString, clock: Clock): TotpCode {
  const generator = parse(totp);
  const timestamp = clock.now().getTime();
  return {
    code: new SecretString(generator.generate({ timestamp })),
    secondsLeft: generator.period - (Math.floor(timestamp / 1000) % generator.period),
  };
}

/**
 * Makes one form of what people paste: an `otpauth://totp/…` URI stays as it is, a base32 secret (spaces and dashes do not
 * matter) becomes one with the usual SHA-1, 6 digits, 30 s.
 * @throws Failure `secrets.bad-totp` when it is neither.
 */
export function totpUri(pasted: SecretString, label: string): SecretString {
  if (/^otpauth:/i.test(pasted.reveal().trim())) {
    const uri = new SecretString(pasted.reveal().trim());
    parse(uri);
    return uri;
  }
  const base32 = pasted.reveal().replace(/[\s-]/g, '').replace(/=+$/, '').toUpperCase();
  if (!/^[A-Z2-7]{8,}$/.test(base32)) throw badTotp();
  const totp = new TOTP({ secret: Secret.fromBase32(base32), label: label || 'Orbit', issuer: '' });
  return new SecretString(totp.toString());
}

function parse(totp: SecretString): TOTP {
  let parsed: TOTP | HOTP;
  try {
    parsed = URI.parse(totp.reveal());
  } catch {
    // The cause would quote the URI, and with it the secret.
    throw badTotp();
  }
  if (parsed instanceof HOTP) throw badTotp();
  return parsed;
}

function badTotp(): Failure {
  return new Failure('secrets.bad-totp', {
    message: 'the second factor is neither an otpauth://totp/ URI nor a base32 secret',
    hint: 'Copy the text that the QR code holds, or the secret shown beside it.',
  });
}
