import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { fixedClock } from '../../base/clock.ts';
import { SecretString } from '../../base/secret-string.ts';
import { totpCode, totpUri } from './totp.ts';

const secret = (value: string): SecretString => new SecretString(value);
const at = (seconds: number) => fixedClock(new Date(seconds * 1000));

// RFC 6238, appendix B: the secret is "12345678901234567890", repeated to the hash's length.
const vectors: [string, string, [number, string][]][] = [
  [
    'SHA1',
    'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
    [
      [59, '94287082'],
      [1_111_111_109, '07081804'],
      [20_000_000_000, '65353130'],
    ],
  ],
  ['SHA256', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA', [[59, '46119246']]],
  [
    'SHA512',
    'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA',
    [[59, '90693936']],
  ],
];

test('codes are those of RFC 6238', () => {
  for (const [algorithm, base32, codes] of vectors) {
    const uri = secret(`otpauth://totp/x?secret=${base32}&algorithm=${algorithm}&digits=8&period=30`);
    for (const [seconds, code] of codes) assert.equal(totpCode(uri, at(seconds)).code.reveal(), code, algorithm);
  }
});

test('a code says how many seconds it is good for', () => {
  const uri = secret('otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ');
  assert.equal(totpCode(uri, at(60)).secondsLeft, 30);
  assert.equal(totpCode(uri, at(89)).secondsLeft, 1);
});

test('a pasted base32 secret becomes a URI that gives the same codes', () => {
  const uri = totpUri(secret(' gezd gnbv-gy3t qojq gezd gnbv gy3t qojq '), 'Mail: root@ß');
  assert.match(uri.reveal(), /^otpauth:\/\/totp\//);
  assert.equal(totpCode(uri, at(59)).code.reveal(), '287082');
});

test('a second factor that is none is refused without being quoted', () => {
  for (const wrong of ['', 'hello', 'otpauth://totp/', 'otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=1', '1189']) {
    assert.throws(
      () => totpUri(secret(wrong), 'x'),
      (error: unknown) => {
        assert.ok(failure('secrets.bad-totp')(error));
        assert.equal((error as Error).cause, undefined);
        return true;
      },
    );
  }
});
