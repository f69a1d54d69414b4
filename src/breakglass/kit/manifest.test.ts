import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFailure } from '../../base/failure.ts';
import { failure } from '../../../test/support/failures.ts';
import { temporarySigningKey } from '../signing-key.ts';
import { checkFile, type KitManifest, readManifest, signManifest } from './manifest.ts';

const key = temporarySigningKey();
const facts: Omit<KitManifest, 'format' | 'version' | 'signer' | 'files'> = {
  kit: '2026-11-23T05-00-00.000Z',
  created: '2026-11-23T05:00:00.000Z',
  run: 'run-1',
  previous: null,
  recoveryKey: { id: '0123456789abcdef', recipient: 'age1x', ways: ['master-password'], threshold: null, shares: null },
  digestKey: '0123456789abcdef',
  records: 1,
  sources: [{ id: 's1', records: 1 }],
};
const files = new Map([['secrets.kdbx', Buffer.from('sealed')]]);
const { bytes, signature, manifest } = signManifest(facts, files, key);

function signed(json: unknown): KitManifest {
  const changed = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
  return readManifest('here', changed, key.sign(changed));
}

test('a manifest comes back as it was signed', () => {
  assert.deepEqual(readManifest('here', bytes, signature), manifest);
});

test('a manifest with one bit changed is refused, and so is a signature', () => {
  for (let bit = 0; bit < bytes.length * 8; bit += 3) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => readManifest('here', changed, signature), isFailure);
  }
  for (let bit = 0; bit < 512; bit += 1) {
    const changed = Buffer.from(signature);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => readManifest('here', bytes, changed), failure('breakglass.bad-signature'));
  }
});

test('well signed nonsense is refused: unknown fields, paths as file names, huge numbers, another fingerprint', () => {
  const cases: unknown[] = [
    { ...manifest, more: 1 },
    { ...manifest, files: [{ name: '../../etc/passwd', bytes: 1, sha256: '0'.repeat(64) }] },
    { ...manifest, files: [{ name: '.hidden', bytes: 1, sha256: '0'.repeat(64) }] },
    { ...manifest, kit: 'a/b' },
    { ...manifest, records: -1 },
    { ...manifest, records: 1e300 },
    { ...manifest, created: 'yesterday' },
    { ...manifest, format: 'other' },
    [],
    null,
    'text',
  ];
  for (const json of cases) assert.throws(() => signed(json), failure('breakglass.bad-manifest'), JSON.stringify(json));
  assert.throws(
    () => signed({ ...manifest, signer: { ...manifest.signer, fingerprint: 'another' } }),
    failure('breakglass.bad-signature'),
  );
  assert.throws(() => signed({ ...manifest, version: 2, new: true }), failure('breakglass.newer-kit', /version 2/));
});

test('no bytes whatever make the reader do anything but give a manifest or a failure', () => {
  const property = fc.property(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
    ),
    (input) => {
      try {
        readManifest('here', input, signature);
        return false;
      } catch (error) {
        return isFailure(error);
      }
    },
  );
  fc.assert(property, { numRuns: 500, seed: 20261123 });
});

test('a file of another size or content is refused by name', () => {
  const [file] = manifest.files;
  assert.ok(file !== undefined);
  checkFile('here', file, Buffer.from('sealed'));
  assert.throws(
    () => checkFile('here', file, Buffer.from('seale')),
    failure('breakglass.damaged-file', /secrets\.kdbx.*5 of 6/),
  );
  assert.throws(() => checkFile('here', file, Buffer.from('sealeD')), failure('breakglass.damaged-file', /SHA-256/));
});
