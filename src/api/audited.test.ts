// Downloads in the audit trail: every one of them, whether it was given or refused, and before its first byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consoleSite } from '../../test/support/console.ts';
import { readExported, verifyTrail } from '../audit/verify.ts';
import { scopesOf } from '../accounts/scope.ts';
import { auditedDownload } from './audited.ts';
import { apiDownloads } from './routes.ts';
import type { DownloadInput, DownloadSpec } from './route.ts';

test('every download leaves an entry that says who and what, also when it was refused', async (context) => {
  const site = await consoleSite(context);
  const headers = { host: '127.0.0.1:7420', cookie: await site.cookieOf('administrator') };
  const queries: Record<string, string> = { file: '?path=/etc/shadow', archive: '?path=/etc/shadow&format=tar' };
  for (const { path } of apiDownloads) {
    const url = `/api/v1${path.replace(/\{\w+\}/g, 'x1')}${queries[path.split('/').at(-1) ?? ''] ?? ''}`;
    const { statusCode } = await site.server.inject({ url, headers });
    const [entry] = site.app.audit.list({ limit: 1 });
    assert.equal(entry?.action, `GET ${path}`);
    assert.deepEqual([entry.actor, entry.role, entry.method], ['the-administrator', 'administrator', 'GET']);
    assert.equal(entry.outcome, statusCode === 200 ? 'done' : 'refused', `${path} ${statusCode}`);
    if (path.includes('{')) assert.match(entry.subject ?? '', /x1/);
    if (path.endsWith('/file') || path.endsWith('/archive')) assert.match(entry.subject ?? '', /\/etc\/shadow$/);
  }
  assert.deepEqual(site.bugs, []);
});

test('the entry is written before the first byte is made', async (context) => {
  const { app } = await consoleSite(context);
  const spec: DownloadSpec = {
    path: '/something',
    allow: 'kits:download',
    summary: '',
    send: () => Promise.resolve({ name: 'x', type: 'text/plain', content: entriesSeen() }),
  };
  async function* entriesSeen(): AsyncGenerator<Buffer> {
    yield Buffer.from(
      app.audit
        .list({ limit: 10 })
        .map(({ action }) => action)
        .join(),
    );
  }
  const caller = { name: 'ana', role: 'operator', scopes: scopesOf('operator') } as const;
  const request = { ip: '127.0.0.1', method: 'GET' };
  const input = { site: app, caller, params: {}, query: {}, request, signal: AbortSignal.abort() };
  const { content } = await auditedDownload(spec, input as unknown as DownloadInput<unknown>);
  for await (const piece of content) assert.equal(String(piece), 'GET /something');
});

test('the trail is taken as a table by what was asked for, and as a file that proves itself', async (context) => {
  const site = await consoleSite(context);
  const headers = { host: '127.0.0.1:7420', cookie: await site.cookieOf('auditor') };
  for (const actor of ['ana', '=cmd|calc', 'ana']) {
    site.app.audit.append({ actor, method: 'CLI', action: 'orbit "job" set', subject: 'x', outcome: 'done' });
  }
  const ask = (path: string) => site.server.inject({ url: `/api/v1${path}`, headers });
  const ofAna = (await ask('/audit.csv?actor=ana')).body.trim().split('\r\n');
  assert.deepEqual(
    ofAna.map((line) => line.split(',')[0]),
    ['Number', '3', '1'],
  );
  assert.match(ofAna[1] ?? '', /^3,[^,]+Z,ana,,,CLI,"orbit ""job"" set",x,done,$/);
  assert.match((await ask('/audit.csv')).body, /,'=cmd\|calc,/);
  const trail = (await ask('/audit/trail.txt')).body;
  async function* lines(): AsyncGenerator<string> {
    yield* trail.trim().split('\n');
  }
  // The two tables and this file are in the trail too: each was written down before it was made.
  assert.equal((await verifyTrail(readExported(lines()))).entries, 6);
});
