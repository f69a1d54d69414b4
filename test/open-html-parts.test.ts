// The parts of open.html that need no browser.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { nodeCrypto } from '../src/kdbx/node-crypto.ts';
import type { ByteStream } from '../src/kdbx/kdbx-crypto.ts';
import { browserCrypto } from '../web/open/browser-crypto.ts';
import { bytesOfBase64 } from '../web/open/base64.ts';
import { buildSearchIndex, fold, groupSeparator, search } from '../web/open/search-index.ts';
import { byTitle } from '../web/open/title-order.ts';
import { english } from '../web/open/texts-en.ts';
import { portuguese } from '../web/open/texts-pt.ts';
import { parseTotp, totpCode } from '../web/open/totp.ts';
import { madeEntry } from './support/made-kit.ts';

const whole = async (stream: ByteStream): Promise<Buffer> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
};
async function* stream(...pieces: Uint8Array[]): ByteStream {
  yield* pieces;
}

test('the browser’s cryptography agrees with Node’s', async () => {
  const ours = browserCrypto();
  const [key, iv, block] = [randomBytes(32), randomBytes(16), randomBytes(16)];
  const data = [randomBytes(70_000), randomBytes(1), randomBytes(1_200_000)];
  assert.deepEqual(Buffer.from(await ours.sha256(...data)), Buffer.from(await nodeCrypto.sha256(...data)));
  assert.deepEqual(Buffer.from(await ours.sha512(...data)), Buffer.from(await nodeCrypto.sha512(...data)));
  assert.deepEqual(
    Buffer.from(await ours.hmacSha256(key, ...data)),
    Buffer.from(await nodeCrypto.hmacSha256(key, ...data)),
  );
  const sealed = await whole(ours.aesCbc('seal', key, iv, stream(...data)));
  assert.deepEqual(await whole(nodeCrypto.aesCbc('open', key, iv, stream(sealed))), Buffer.concat(data));
  assert.deepEqual(await whole(ours.aesCbc('open', key, iv, stream(sealed))), Buffer.concat(data));
  const nonce = iv.subarray(0, 12);
  assert.deepEqual(
    await whole(ours.chacha20(key, nonce, stream(...data))),
    await whole(nodeCrypto.chacha20(key, nonce, stream(...data))),
  );
  assert.deepEqual(await whole(nodeCrypto.gunzip(ours.gzip(stream(...data)))), Buffer.concat(data));
  assert.deepEqual(await whole(ours.gunzip(nodeCrypto.gzip(stream(...data)))), Buffer.concat(data));
  for (const rounds of [1, 6000, 70_000]) {
    assert.deepEqual(
      Buffer.from(await ours.aesRepeated(key, block, rounds)),
      Buffer.from(await nodeCrypto.aesRepeated(key, block, rounds)),
    );
  }
  for (const kind of ['argon2d', 'argon2id'] as const) {
    const request = { kind, password: key, salt: block, memoryKiB: 256, passes: 2, parallelism: 2 };
    assert.deepEqual(Buffer.from(await ours.argon2(request)), Buffer.from(await nodeCrypto.argon2(request)));
  }
});

test('gzip data that is cut or changed is refused, not shortened', async () => {
  const ours = browserCrypto();
  const packed = await whole(nodeCrypto.gzip(stream(randomBytes(50_000))));
  await assert.rejects(whole(ours.gunzip(stream(packed.subarray(0, -9)))));
  await assert.rejects(whole(ours.gunzip(stream(Buffer.from('not gzip at all')))));
  const broken = async function* (): ByteStream {
    yield packed.subarray(0, 100);
    throw new Error('the source broke');
  };
  await assert.rejects(whole(ours.gunzip(broken())), /the source broke/);
});

test('base64 of any length comes back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.deepEqual([...bytesOfBase64(Buffer.from(bytes).toString('base64'))], [...bytes]);
    }),
  );
  const large = randomBytes(3 * 1024 * 1024 + 1);
  assert.ok(large.equals(bytesOfBase64(large.toString('base64'))));
});

test('a search finds by every word, without accents, titles first, and never by a value that is kept secret', () => {
  const index = buildSearchIndex([
    madeEntry('Backup of the mail server', { groups: ['Serviços'] }),
    madeEntry('Mail', { groups: ['Serviços', 'São Paulo'], tags: ['Crítico'] }),
    madeEntry('Router', {
      username: 'mail',
      fields: [
        { name: 'PIN', value: 'geheim', isProtected: true },
        { name: 'Notes', value: 'geheim', isProtected: false },
      ],
    }),
  ]);
  const find = (text: string, group = ''): number[] => [...search(index, { text, group })];
  assert.deepEqual(find('mail'), [1, 0, 2]);
  assert.deepEqual(find('sao paulo'), [1]);
  assert.deepEqual(find('CRÍTICO mail'), [1]);
  assert.deepEqual(find('pin'), [2]);
  assert.deepEqual(find('geheim'), []);
  assert.deepEqual(find('pw of'), []);
  assert.deepEqual(find('', `Serviços${groupSeparator}`), [0, 1]);
  assert.deepEqual(find('', `Serv`.concat(groupSeparator)), []);
  assert.equal(fold('Ação ÇÃ'), 'acao ca');
});

test('a list is in the order of its titles: numbers by their size, without capitals and accents, as a collator has it', () => {
  const titles = [
    'router 10',
    'Router 2',
    'router 007',
    'ação 1',
    'Acao 0',
    'Ácido',
    'acordo',
    '',
    '9 lives',
    '10 lives',
    'a1b10',
    'a1b9',
    'a01b8',
  ];
  const { compare } = new Intl.Collator('pt-BR', { numeric: true, sensitivity: 'base' });
  assert.deepEqual(
    byTitle(titles, (title) => title),
    titles.toSorted(compare),
  );
});

test('one-time codes are those of RFC 6238, appendix B', async () => {
  const secrets = {
    SHA1: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
    SHA256: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA',
    SHA512: `${'GEZDGNBVGY3TQOJQ'.repeat(6)}GEZDGNA`,
  };
  const vectors: [number, keyof typeof secrets, string][] = [
    [59, 'SHA1', '94287082'],
    [59, 'SHA256', '46119246'],
    [59, 'SHA512', '90693936'],
    [1111111111, 'SHA1', '14050471'],
    [20000000000, 'SHA256', '77737706'],
    [20000000000, 'SHA512', '47863826'],
  ];
  for (const [seconds, algorithm, code] of vectors) {
    const settings = parseTotp(`otpauth://totp/x?secret=${secrets[algorithm]}&algorithm=${algorithm}&digits=8`);
    assert.ok(settings);
    assert.deepEqual(await totpCode(settings, seconds * 1000), { code, secondsLeft: 30 - (seconds % 30) });
  }
  assert.equal(parseTotp('gezd gnbv gy3t qojq')?.secret.length, 10);
  for (const wrong of [
    '',
    'otpauth://hotp/x?secret=AAAA',
    'otpauth://totp/x?secret=!!',
    'otpauth://totp/x?secret=AAAA&digits=99',
    'steam:xyz',
  ]) {
    assert.equal(parseTotp(wrong), undefined, wrong);
  }
});

test('both languages say everything, and say it differently', () => {
  const same = new Set(['Caps Lock']);
  for (const [name, text] of Object.entries(english)) {
    const other = (portuguese as unknown as Record<string, unknown>)[name];
    assert.equal(typeof other, typeof text, name);
    if (typeof text === 'string') assert.ok(text !== other || same.has(text), `${name} is not translated`);
  }
});
