import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMessage, encrypt, enums, generateKey } from 'openpgp';
import { failure } from '../../../../../test/support/failures.ts';
import { openMessage } from './passbolt-keys.ts';

test('a small message that unpacks to very much is refused, and one of a usual size is not', async () => {
  const { privateKey, publicKey } = await generateKey({ userIDs: [{ name: 'orbit' }], format: 'object' });
  const sealed = async (characters: number): Promise<string> =>
    await encrypt({
      message: await createMessage({ text: 'a'.repeat(characters) }),
      encryptionKeys: publicKey,
      config: { preferredCompressionAlgorithm: enums.compression.zlib },
    });
  assert.equal((await openMessage(await sealed(100_000), privateKey)).length, 100_000);
  const bomb = await sealed(32 * 1024 * 1024);
  assert.ok(bomb.length < 200_000, `${bomb.length}`);
  await assert.rejects(openMessage(bomb, privateKey), failure('secrets.bad-openpgp-message'));
});
