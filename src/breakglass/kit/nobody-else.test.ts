// What must never be possible: plaintext on a disk, a server that opens its own kits, an opener that needs the server.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { openFolderBackend } from '../../backends/folder.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { openInstanceKey } from '../../store/instance-key.ts';
import { openStore } from '../../store/store.ts';
import { failure } from '../../../test/support/failures.ts';
import { kitSite, masterPasswords } from '../../../test/support/kits.ts';
import { someSecret } from '../../../test/support/many-secrets.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { bech32Encode } from '../bech32.ts';
import { writeDestinationFiles } from '../destination-files.ts';
import { currentKey } from '../recovery-key-store.ts';
import { identityFromSecretBytes, unwrapByPassword } from '../recovery-key.ts';
import { openSigningKey } from '../signing-key.ts';
import { destinationKitFiles } from './kit-files.ts';
import { openKit } from './open-kit.ts';
import { openDigestKey } from './record-digest.ts';
import { sealKit } from './seal-kit.ts';
import { writeKit } from './store-kit.ts';

const [first] = masterPasswords as [SecretString, SecretString, SecretString];

function filesBelow(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(names.map((entry) => join(entry.parentPath, entry.name)).map((path) => [path, readFileSync(path)]));
}

function spellings(secret: Buffer): Buffer[] {
  const hex = secret.toString('hex');
  return [
    secret,
    ...[hex, hex.toUpperCase(), secret.toString('base64').slice(0, 42), secret.toString('base64url')].map((text) =>
      Buffer.from(text),
    ),
    bech32Encode('age-secret-key-', secret),
    Buffer.from(bech32Encode('age-secret-key-', secret).toString().toUpperCase()),
  ];
}

test('neither a value nor a private key touches a disk: not the destination, not the data folder, not a temporary folder', async (context) => {
  const folder = await temporaryFolder(context);
  const home = join(folder, 'home');
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = temporary;
  context.after(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  const store = openStore(home);
  context.after(() => store.close());
  const instanceKey = openInstanceKey(home);
  const site = await kitSite({}, { store, instanceKey });
  const canary = randomBytes(24).toString('base64url');
  await mkdir(join(folder, 'destination'));
  const backend = await openFolderBackend(join(folder, 'destination'));
  const secrets = [someSecret(1, { password: canary }), someSecret(2, { title: canary })];
  await site.backUp(backend, secrets);
  const kit = await sealKit([{ id: 's', title: canary, read: () => secrets }], {
    recoveryKey: currentKey(store),
    signingKey: openSigningKey(store, instanceKey, site.clock),
    digestKey: openDigestKey(store, instanceKey),
    clock: { now: () => new Date(site.clock.now().getTime() + 1) },
    runId: 'r',
  });
  assert.ok(kit.state === 'sealed');
  await writeKit(backend, kit);
  await writeDestinationFiles(backend, { store, digestKey: openDigestKey(store, instanceKey) });
  const { identity } = await unwrapByPassword(currentKey(store).wrappedByPassword ?? Buffer.alloc(0), first);
  const never = [
    Buffer.from(canary),
    Buffer.from(first.reveal()),
    ...spellings(identity.secret),
    ...spellings(kit.verification.identity.secret),
  ];
  const files = filesBelow(folder);
  assert.ok(files.size > 15);
  for (const [path, bytes] of files)
    for (const value of never) assert.ok(!bytes.includes(value), `${path} holds ${value.length} bytes it must not`);
});

test('with everything in the data folder the server cannot open a kit it made', async (context) => {
  const home = await temporaryFolder(context);
  const destination = await temporaryFolder(context);
  const store = openStore(home);
  const site = await kitSite({}, { store, instanceKey: openInstanceKey(home) });
  const backend = await openFolderBackend(destination);
  const { proof } = await site.backUp(backend, [someSecret(1)]);
  store.close();
  // A new process has the folder, and nothing else: all of its rows, and every sealed value opened.
  const stolen = openStore(home);
  context.after(() => stolen.close());
  const key = openInstanceKey(home);
  const known: Buffer[] = [readFileSync(join(home, 'instance.key'))];
  const tables = stolen.database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all();
  for (const { name } of tables) {
    for (const row of stolen.database.prepare(`SELECT * FROM "${name}"`).all()) {
      for (const value of Object.values(row)) {
        if (value instanceof Uint8Array) known.push(Buffer.from(value));
        if (typeof value === 'string')
          known.push(Buffer.from(value), Buffer.from(value, 'base64'), Buffer.from(value, 'hex'));
      }
    }
  }
  const signers = stolen.database.prepare('SELECT id FROM signing_key').all();
  const purposes = [...signers.map(({ id }) => `breakglass:signing-key:${id}`), 'breakglass:digest-key'];
  const sealed = [...known];
  let opened = 0;
  for (const purpose of purposes) {
    for (const bytes of [
      ...sealed,
      ...sealed.map((text) => Buffer.from(text.toString().replaceAll('"', ''), 'base64')),
    ]) {
      try {
        known.push(key.open(purpose, bytes));
        opened += 1;
      } catch {
        // Most are not sealed at all.
      }
    }
  }
  assert.ok(opened >= 2, 'the signing key and the digest key do open');
  const files = destinationKitFiles(backend, proof.kit);
  let tried = 0;
  for (const bytes of known) {
    for (let at = 0; at + 32 <= bytes.length; at += 1) {
      if (bytes.length > 400) break;
      tried += 1;
      const guess = identityFromSecretBytes(Buffer.from(bytes.subarray(at, at + 32)));
      assert.notEqual(guess.recipient, currentKey(stolen).recipient);
    }
  }
  assert.ok(tried > 50);
  const [guess] = known;
  assert.ok(guess !== undefined);
  await assert.rejects(openKit(files, { identity: identityFromSecretBytes(guess) }), failure('breakglass.wrong-key'));
  assert.equal((await openKit(files, { masterPassword: first })).secrets.length, 1, 'people do open it');
});

test('opening a kit loads nothing of the server: no database, no jobs, no accounts', () => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    for (const match of text.matchAll(/^(import|export) (?!type )[^;]*?from\s*'([^']+)';/gms)) {
      const target = match[2] ?? '';
      assert.notEqual(target, 'node:sqlite', file);
      if (target.startsWith('.')) visit(normalize(join(dirname(file), target)));
    }
  };
  for (const entry of ['src/breakglass/kit/open-kit.ts', 'src/cli/commands/kit.ts']) visit(entry);
  assert.ok(seen.size > 30);
  const allowed = new Set(['backends', 'base', 'breakglass', 'cli', 'kdbx', 'sources']);
  for (const file of seen) assert.ok(allowed.has(file.split('/')[1] ?? ''), file);
});
