// Decides whether a master password withstands guessing by someone who has the kit and time.
import { Failure } from '../base/failure.ts';
import type { SecretString } from '../base/secret-string.ts';
import { guessingBits } from './guessing-work.ts';

/** Shortest master password, in characters. */
export const masterPasswordLengthMin = 12;
/** A million guesses a second against scrypt 2^18 would need two thousand years for this many bits. */
export const masterPasswordBitsMin = 56;

/** What the estimator found. `reason` is empty when the password will do. */
export interface PasswordStrength {
  bits: number;
  reason: string;
}

/** How many bits a guesser has to go through, and what is wrong with the password, if anything. */
export function passwordStrength(password: SecretString): PasswordStrength {
  const text = password.reveal();
  const characters = [...text];
  const bits = Math.floor(guessingBits(text));
  if (characters.length < masterPasswordLengthMin) {
    return { bits, reason: `it has ${characters.length} characters; ${masterPasswordLengthMin} are the least` };
  }
  if (bits < masterPasswordBitsMin) {
    return { bits, reason: `it is worth about ${bits} bits of chance; ${masterPasswordBitsMin} are the least` };
  }
  return { bits, reason: '' };
}

/** @throws Failure `breakglass.weak-password` with the reason. */
export function refuseWeakPassword(password: SecretString): void {
  const { bits, reason } = passwordStrength(password);
  if (reason === '') return;
  throw new Failure('breakglass.weak-password', {
    message: `the master password is too weak: ${reason}`,
    hint: 'Take six unrelated words, or let Orbit generate one (--generate). Common words, names, dates, rows of keys and repeats hardly count.',
    facts: { bits },
  });
}
