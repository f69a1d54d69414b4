import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { SecretString } from '../base/secret-string.ts';
import { failure } from '../../test/support/failures.ts';
import { stock, typed } from '../../test/support/stock-age.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { needs } from '../../test/support/tools.ts';
import { openWithIdentities, parseRecipient, sealToRecipients, sealWithPassphrase } from './age-files.ts';
import { bech32Decode, bech32Encode } from './bech32.ts';
import { generatePassphrase } from './generated-passphrase.ts';
import {
  ageIdentityOf,
  generateRecoveryIdentity,
  identityFile,
  identityFromSecretBytes,
  keyIdOf,
  parseIdentityFile,
  recoverySecretBytes,
  unwrapByPassword,
  wrapByPassword,
} from './recovery-key.ts';
import { temporarySigningKey } from './signing-key.ts';

const everyPrintable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
const notes = { createdAt: new Date('2026-11-23T04:00:00Z'), signer: temporarySigningKey().publicKey };
const quick = { workFactor: 10 };

test('a recovery key comes back from its 32 bytes and from its file, and is wiped on request', () => {
  const identity = generateRecoveryIdentity();
  const again = identityFromSecretBytes(recoverySecretBytes(identity));
  assert.equal(again.recipient, identity.recipient);
  assert.equal(again.id, keyIdOf(identity.recipient));
  const parsed = parseIdentityFile(identityFile(identity, notes));
  assert.equal(parsed.identity.recipient, identity.recipient);
  assert.deepEqual(parsed.signer, notes.signer);
  identity.wipe();
  assert.deepEqual(identity.secret, Buffer.alloc(32));
});

test('Bech32 keeps any bytes, and refuses a changed letter, mixed case and a cut', () => {
  for (let length = 1; length <= 40; length += 1) {
    const bytes = randomBytes(length);
    const text = bech32Encode('age', bytes);
    assert.deepEqual(bech32Decode(text), { prefix: 'age', bytes });
    assert.deepEqual(bech32Decode(Buffer.from(text.toString().toUpperCase())), { prefix: 'age', bytes });
    const changed = Buffer.from(text);
    changed[changed.length - 1] = changed.at(-1) === 0x71 ? 0x70 : 0x71;
    assert.equal(bech32Decode(changed), undefined);
    assert.equal(bech32Decode(text.subarray(0, -1)), undefined);
    assert.equal(bech32Decode(Buffer.from(`A${text.toString().slice(1)}`)), undefined);
  }
});

test('stock age-keygen knows the recipient of our identity file', needs('age'), async (context) => {
  const folder = await temporaryFolder(context);
  const identity = generateRecoveryIdentity();
  await writeFile(join(folder, 'key.txt'), identityFile(identity, notes));
  assert.equal((await stock(folder, 'age-keygen', '-y', 'key.txt')).toString().trim(), identity.recipient);
  await stock(folder, 'age-keygen', '-o', 'theirs.txt');
  const theirs = parseIdentityFile(await readFile(join(folder, 'theirs.txt')));
  assert.equal(theirs.identity.recipient, (await stock(folder, 'age-keygen', '-y', 'theirs.txt')).toString().trim());
  assert.equal(theirs.signer, undefined);
});

test('stock age opens what we seal to a recovery key, and we open what it seals', needs('age'), async (context) => {
  const folder = await temporaryFolder(context);
  const identity = generateRecoveryIdentity();
  const message = randomBytes(200_000);
  await writeFile(join(folder, 'key.txt'), identityFile(identity, notes));
  await writeFile(join(folder, 'ours.age'), await sealToRecipients(message, [identity.recipient]));
  assert.deepEqual(await stock(folder, 'age', '-d', '-i', 'key.txt', 'ours.age'), message);
  await writeFile(join(folder, 'plain'), message);
  await stock(folder, 'age', '-r', identity.recipient, '-o', 'theirs.age', 'plain');
  const theirs = await readFile(join(folder, 'theirs.age'));
  assert.deepEqual(await openWithIdentities('theirs.age', theirs, [ageIdentityOf(identity)]), message);
});

test(
  'stock age opens with SSH keys what we seal to them: Ed25519 and RSA',
  needs('age', 'ssh-keygen'),
  async (context) => {
    const folder = await temporaryFolder(context);
    for (const type of ['ed25519', 'rsa']) {
      await stock(folder, 'ssh-keygen', '-q', '-t', type, '-N', '', '-C', 'a comment with spaces', '-f', type);
      const recipient = parseRecipient(await readFile(join(folder, `${type}.pub`), 'utf8'));
      const message = randomBytes(1000);
      await writeFile(
        join(folder, 'x.age'),
        await sealToRecipients(message, [generateRecoveryIdentity().recipient, recipient]),
      );
      assert.deepEqual(await stock(folder, 'age', '-d', '-i', type, 'x.age'), message);
    }
  },
);

test(
  'a master password of every printable character opens recovery-key.age, here and with stock age',
  needs('age', 'script'),
  async (context) => {
    const folder = await temporaryFolder(context);
    const identity = generateRecoveryIdentity();
    const password = new SecretString(`ção ${everyPrintable} 密码 🗝`);
    const wrapped = await wrapByPassword(identity, notes, password);
    await writeFile(join(folder, 'recovery-key.age'), wrapped);
    await writeFile(join(folder, 'x.age'), await sealToRecipients(Buffer.from('opened'), [identity.recipient]));
    const opened = await typed(folder, 'age -d -i recovery-key.age -o x x.age', password.reveal());
    assert.equal(opened.exitCode, 0, opened.shown);
    assert.equal(await readFile(join(folder, 'x'), 'utf8'), 'opened');
    const ours = await unwrapByPassword(wrapped, password);
    assert.equal(ours.identity.id, identity.id);
    assert.deepEqual(ours.signer, notes.signer);
  },
);

test('a wrong password, a changed file and a cut file are told apart', async () => {
  const identity = generateRecoveryIdentity();
  const wrapped = await wrapByPassword(identity, notes, new SecretString('right'), quick);
  await assert.rejects(unwrapByPassword(wrapped, new SecretString('wrong')), failure('breakglass.wrong-password'));
  const changed = Buffer.from(wrapped);
  changed[changed.length - 5] = (changed.at(-5) ?? 0) ^ 1;
  await assert.rejects(
    unwrapByPassword(changed, new SecretString('right')),
    failure('breakglass.damaged-file', /recovery-key.age/),
  );
  await assert.rejects(
    unwrapByPassword(wrapped.subarray(0, 40), new SecretString('right')),
    failure('breakglass.damaged-file'),
  );
  await assert.rejects(
    unwrapByPassword(Buffer.alloc(0), new SecretString('right')),
    failure('breakglass.damaged-file'),
  );
  const sealed = await sealToRecipients(Buffer.from('x'), [generateRecoveryIdentity().recipient]);
  await assert.rejects(openWithIdentities('f', sealed, [ageIdentityOf(identity)]), failure('breakglass.wrong-key'));
  await assert.rejects(
    unwrapByPassword(
      await sealWithPassphrase(Buffer.from('no key'), new SecretString('p'), quick),
      new SecretString('p'),
    ),
    failure('breakglass.not-a-recovery-key'),
  );
});

test('a generated passphrase opens as it was read over a phone: capitals, spaces, o for 0; accents in either form', async () => {
  const identity = generateRecoveryIdentity();
  const generated = generatePassphrase();
  const wrapped = await wrapByPassword(identity, notes, generated, quick);
  const heard = generated.reveal().toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l');
  assert.equal((await unwrapByPassword(wrapped, new SecretString(heard))).identity.id, identity.id);
  const accented = await wrapByPassword(identity, notes, new SecretString('coração'.normalize('NFC')), quick);
  assert.equal(
    (await unwrapByPassword(accented, new SecretString('coração'.normalize('NFD')))).identity.id,
    identity.id,
  );
});

test('what is not a recipient is refused with the reason', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const jwk = publicKey.export({ format: 'jwk' });
  const field = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const small = Buffer.concat([
    field(Buffer.from('ssh-rsa')),
    field(Buffer.from(jwk.e ?? '', 'base64url')),
    field(Buffer.concat([Buffer.of(0), Buffer.from(jwk.n ?? '', 'base64url')])),
  ]);
  const refused: [string, RegExp][] = [
    [generateRecoveryIdentity().recipient.replace(/.$/, 'b'), /mistyped/],
    ['age1pq1qqqq', /post-quantum/],
    ['AGE-SECRET-KEY-1QQQQ', /private key/],
    [`ssh-rsa ${small.toString('base64')}`, /2048/],
    ['ssh-ed25519 AAAA', /whole/],
    ['ecdsa-sha2-nistp256 AAAA', /plugin/],
    ['', /mistyped/],
  ];
  for (const [text, reason] of refused)
    assert.throws(() => parseRecipient(text), failure('breakglass.bad-recipient', reason));
});
