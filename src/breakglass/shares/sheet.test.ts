import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { parseShare } from './parse-share.ts';
import { groupedFingerprint, renderShareSheets, type SheetFacts } from './sheet.ts';
import { splitSecret } from './split-secret.ts';

async function sheets(language: 'en' | 'pt', custodian: string): Promise<SheetFacts[]> {
  const shares = await splitSecret(randomBytes(32), { threshold: 3, count: 5 });
  const madeAt = new Date('2026-11-23T12:00:00Z');
  return shares.map((share) => ({
    share,
    count: 5,
    custodian,
    keyId: '1a2b3c4d5e6f7a8b',
    madeAt,
    language,
    contacts: ['Ana <1>'],
  }));
}

test('a sheet carries the words, the number, the fingerprint, the date and whom to call, and nothing from elsewhere', async () => {
  const facts = await sheets('en', 'Bruno <b>"&');
  const html = renderShareSheets(facts);
  assert.equal(html.match(/<section>/g)?.length, 5);
  assert.match(html, /23 November 2026/);
  assert.match(html, /1a2b 3c4d 5e6f 7a8b/);
  assert.match(html, /2 of 5; any 3 open the key/);
  assert.match(html, /Bruno &#60;b&#62;&#34;&#38;/);
  assert.match(html, /Ana &#60;1&#62;/);
  assert.doesNotMatch(html, /https?:\/\/(?!www\.w3\.org\/2000\/svg)|<script|<img|url\(/);
  for (const [page, one] of facts.entries()) {
    const words = html
      .split('<section>')
      [page + 1]?.match(/<ol class="words">(.*?)<\/ol>/s)?.[1]
      ?.replace(/<[^>]+>/g, ' ');
    assert.deepEqual(parseShare(words ?? '').words, one.share.words);
  }
});

test('a sheet speaks Portuguese when the custodian does', async () => {
  const html = renderShareSheets(await sheets('pt', 'Conceição'));
  assert.match(html, /lang="pt-BR"/);
  assert.match(html, /23 de novembro de 2026/);
  assert.match(html, /Conceição/);
});

test('a fingerprint is read out in groups of four', () => {
  assert.equal(groupedFingerprint('0011223344556677'), '0011 2233 4455 6677');
});
