import { describeSecretSource } from '../../../../test/support/describe-secret-source.ts';
import assert from 'node:assert/strict';
import { createHmac, pbkdf2Sync } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { sealText } from '../../../../test/support/bitwarden-account.ts';
import { failure } from '../../../../test/support/failures.ts';
import { everyPrintable } from '../../../../test/support/secrets.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { systemClock } from '../../../base/clock.ts';
import { instanceKeyFrom } from '../../../store/instance-key.ts';
import { memoryStore } from '../../../store/store.ts';
import { openSecretSource } from '../kinds.ts';
import type { SecretSource } from '../secret-source.ts';
import { openVault } from '../vault/vault.ts';

const item = (id: string, changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  id,
  type: 1,
  name: id,
  login: { username: 'u', password: `p ${id}` },
  ...changes,
});

function sealedExport(content: unknown, password: string): string {
  const master = pbkdf2Sync(password, 'salt', 100_000, 32, 'sha256');
  const half = (info: string): Buffer => createHmac('sha256', master).update(`${info}\u0001`).digest();
  const key = Buffer.concat([half('enc'), half('mac')]);
  const envelope = { encrypted: true, passwordProtected: true, salt: 'salt', kdfType: 0, kdfIterations: 100_000 };
  const sealed = { encKeyValidation_DO_NOT_EDIT: sealText('check', key), data: sealText(JSON.stringify(content), key) };
  return JSON.stringify({ ...envelope, ...sealed });
}

async function open(settings: Record<string, unknown>): Promise<SecretSource> {
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
  return await openSecretSource('bitwarden-file', settings, { vault, clock: systemClock });
}

test('a password-protected export on a path is a source; each reading takes the file as it is then', async (context) => {
  const path = join(await temporaryFolder(context), 'export.json');
  const items = [item('a'), item('b'), item('trash', { deletedDate: '2026-01-01T00:00:00Z' })];
  await writeFile(path, sealedExport({ encrypted: false, folders: [], items }, 'pw'));
  const source = await open({ path, password: 'pw' });
  assert.deepEqual(await source.census(), { ids: ['a', 'b'] });
  await writeFile(path, sealedExport({ encrypted: false, folders: [], items: [item('a')] }, 'pw'));
  assert.deepEqual(await source.census(), { ids: ['a'] });
  await assert.rejects((await open({ path })).census(), failure('import.password-needed'));
});

test('a file that is damaged or gone gives nothing', async (context) => {
  const path = join(await temporaryFolder(context), 'export.json');
  const whole = sealedExport({ encrypted: false, folders: [], items: [item('a'), item('b')] }, 'pw');
  for (const text of [whole.replace(/\|.{6}/, '|AAAAAA'), '{"items":[{"type":"x"}]}']) {
    await writeFile(path, text);
    const ids: string[] = [];
    await assert.rejects(async () => {
      for await (const { id } of (await open({ path, password: 'pw' })).read()) ids.push(id);
    }, /damaged|not|wrong/i);
    assert.deepEqual(ids, []);
  }
  await rm(path);
  await assert.rejects((await open({ path })).census(), failure('secrets.no-file'));
});

describeSecretSource('bitwarden-file', { skip: false }, async (context) => {
  const path = join(await temporaryFolder(context), 'export.json');
  const past = [{ password: 'before', lastUsedDate: '2026-01-15T00:00:00.000Z' }];
  const items = [
    item('odd', { login: { username: 'u', password: everyPrintable }, passwordHistory: past }),
    ...Array.from({ length: 20 }, (_, index) => item(`login ${index}`)),
  ];
  const write = async (left: unknown[], part = 1): Promise<{ path: string }> => {
    const whole = sealedExport({ encrypted: false, folders: [], items: left }, 'pw');
    const file = part === 1 ? path : `${path}.cut`;
    await writeFile(file, whole.slice(0, Math.floor(whole.length * part)));
    return { path: file };
  };
  await write(items);
  return {
    settings: { path, password: 'pw' },
    secrets: [
      { title: 'odd', password: everyPrintable, past: ['before'] },
      ...items.slice(1).map(({ id }) => ({ title: String(id), password: `p ${String(id)}` })),
    ],
    wrong: { settings: { password: 'CANARY' }, code: 'import.wrong-password' },
    cut: (part) => write(items, part),
    takeOut: () => write(items.slice(1)),
  };
});
