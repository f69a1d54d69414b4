// The service from outside: the setup link, TLS, the live stream, and accounts from the command line.
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { TOTP, URI } from 'otpauth';
import { type Account, findAccount } from '../src/accounts/account.ts';
import { beginCodes, confirmCodes, hasCodes } from '../src/accounts/one-time-code.ts';
import { type App, openApp } from '../src/app.ts';
import { findJob } from '../src/jobs/job.ts';
import { dueJobs } from '../src/jobs/scheduler.ts';
import type { RunStreamEvent } from '../src/api/schemas/runs.ts';
import { makeCertificates } from './support/certificates.ts';
import { type CliResult, cli } from './support/cli.ts';
import { consoleSite, goodPassword, makeReady } from './support/console.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** Serves until `use` is done with the address, and gives what was printed. */
async function serving(
  home: string,
  args: string[],
  use: (url: string, output: string) => Promise<void>,
): Promise<CliResult> {
  const stop = new AbortController();
  let output = '';
  let using: Promise<void> | undefined;
  const result = await cli(['serve', '--listen', '127.0.0.1:0', ...args], {
    home,
    signal: stop.signal,
    onOutput: (text) => {
      output += text;
      const url = /(https?:\/\/\S+)\/health answers/.exec(output)?.[1];
      if (url !== undefined) using ??= use(url, output).finally(() => stop.abort());
    },
  });
  await using;
  return result;
}

async function post(url: string, path: string, body: object): Promise<Response> {
  return fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify(body),
  });
}

test('while nobody has an account the service prints a one-time link, a new one each start, and none afterwards', async (context) => {
  const home = join(await temporaryFolder(context), 'home');
  const linkOf = (output: string): string | undefined => /\/setup#([\w-]{43})/.exec(output)?.[1];
  let first: string | undefined;
  await serving(home, [], async (_url, output) => void (first = linkOf(output)));
  assert.ok(first !== undefined);
  const second = await serving(home, [], async (url, output) => {
    const token = linkOf(output);
    assert.notEqual(token, first);
    assert.equal(
      (await post(url, '/links/read', { token: first })).status,
      403,
      'the link of an earlier start has ended',
    );
    const made = await post(url, '/links/use', { token, name: 'ana', password: goodPassword });
    assert.equal(made.status, 200);
    const cookie = made.headers.get('set-cookie')?.split(';')[0] ?? '';
    assert.equal((await fetch(`${url}/api/v1/overview`, { headers: { cookie } })).status, 200);
  });
  assert.equal(second.exitCode, 0, second.stderr);
  const third = await serving(home, [], async () => {});
  assert.equal(linkOf(third.stdout), undefined);
  assert.match(third.stdout, /The console: http:\/\/127\.0\.0\.1:\d+\//);
});

test('an address that other machines reach needs a certificate; with one, cookies are bound to TLS', async (context) => {
  const home = join(await temporaryFolder(context), 'home');
  const refused = await cli(['serve', '--listen', '0.0.0.0:0'], { home });
  assert.equal(refused.exitCode, 1);
  assert.match(refused.stderr, /api\.needs-tls/);
  const { certificateFile, keyFile, caFile } = await makeCertificates(await temporaryFolder(context));
  const served = await serving(
    home,
    ['--certificate', certificateFile, '--certificate-key', keyFile],
    async (url, output) => {
      const token = /\/setup#([\w-]+)/.exec(output)?.[1];
      const { port } = new URL(url);
      const sent = request({
        host: 'localhost',
        port,
        path: '/api/v1/links/use',
        method: 'POST',
        ca: readFileSync(caFile),
        headers: { 'content-type': 'application/json', origin: `https://localhost:${port}` },
      });
      sent.end(JSON.stringify({ token, name: 'ana', password: goodPassword }));
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      answer.resume();
      assert.equal(answer.statusCode, 200);
      assert.match(
        String(answer.headers['set-cookie']),
        /^__Host-orbit=[\w-]{43}; Path=\/; .*SameSite=Strict; Secure$/,
      );
    },
  );
  assert.equal(served.exitCode, 0, served.stderr);
});

test('accounts and tokens are made, listed and removed on the command line; what is secret is shown once', async (context) => {
  const home = join(await temporaryFolder(context), 'home');
  const orbit = (...args: string[]): Promise<CliResult> => cli(['account', ...args], { home });
  const added = await orbit('add', 'ana', '--role', 'operator', '--url', 'https://orbit.example.org/');
  assert.match(added.stdout, /https:\/\/orbit\.example\.org\/setup#[\w-]{43}\n/);
  assert.match((await orbit('list')).stdout, /ana +operator +not yet/);
  const again = await orbit('reset', 'ANA', '--json');
  assert.ok((JSON.parse(again.stdout) as { link: string }).link.includes('/setup#'));
  const atHome = <Result>(work: (app: App, account: Account) => Result): Result => {
    const app = openApp(home);
    try {
      return work(app, findAccount(app.store, 'ana'));
    } finally {
      app.close();
    }
  };
  atHome((app, account) => {
    const codes = URI.parse(beginCodes(app, account).reveal());
    assert.ok(codes instanceof TOTP);
    confirmCodes(app, account, codes.generate());
  });
  assert.equal((await orbit('reset', 'ana')).exitCode, 0);
  assert.equal(atHome(hasCodes), true, 'a forgotten password takes no second factor away');
  assert.equal((await orbit('reset', 'ana', '--forget-ways')).exitCode, 0);
  assert.equal(atHome(hasCodes), false);
  assert.equal((await orbit('add', 'ana')).exitCode, 1);
  const tokens = (...args: string[]): Promise<CliResult> => cli(['token', ...args], { home });
  const token = (await tokens('add', 'monitoring')).stdout.trim();
  assert.match(token, /^orbit_[\w-]{43}$/);
  const narrow = await tokens('add', 'deploy', '--scope', 'backups:run', 'backups:read', '--expires', '90d', '--json');
  const { info } = JSON.parse(narrow.stdout) as { info: { scopes: string[]; expiresAt: string; createdAt: string } };
  assert.deepEqual(info.scopes, ['backups:read', 'backups:run']);
  assert.equal(Math.round((Date.parse(info.expiresAt) - Date.parse(info.createdAt)) / 86_400_000), 90);
  assert.match((await tokens('add', 'x', '--scope', 'backups:eat')).stderr, /accounts\.no-such-scope/);
  assert.match((await tokens('add', 'x', '--expires', '2020-01-01')).stderr, /accounts\.expires-in-the-past/);
  const listed = (await tokens('list')).stdout;
  assert.ok(!listed.includes(token));
  assert.match(listed, /^monitoring +removed +never +\S+ +state:read$/m);
  assert.match((await tokens('scopes')).stdout, /^recordings:watch +Watch recordings +administrator auditor$/m);
  for (const name of ['monitoring', 'deploy']) assert.equal((await tokens('remove', name)).exitCode, 0);
  assert.equal((await orbit('remove', 'ana')).exitCode, 0);
  assert.deepEqual(JSON.parse((await orbit('list', '--json')).stdout), []);
});

test('a scheduled run that stopping the service cut off begins again, one that a person cancelled does not', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  const { store, clock } = site.app;
  const due = () => dueJobs(store, clock.now(), clock.now()).map(({ job, isAgain }) => [job.name, isAgain]);
  const cancelled = await site.desk.start(findJob(store, 'system'), 'schedule');
  site.desk.cancel(cancelled.run.id);
  const byPerson = await cancelled.ended;
  assert.deepEqual([byPerson.outcome, byPerson.failure, due()], ['cancelled', undefined, []]);
  const { ended } = await site.desk.start(findJob(store, 'system'), 'schedule');
  await site.desk.close();
  const stopped = await ended;
  assert.deepEqual([stopped.outcome, stopped.failure?.code], ['cancelled', 'jobs.stopped']);
  assert.deepEqual(due(), [['system', true]]);
});

test('the stream tells what goes on from its start to its end, to whoever is signed in', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  const url = await site.server.listen({ host: '127.0.0.1', port: 0 });
  const path = `${url}/api/v1/runs/events`;
  assert.equal((await fetch(path)).status, 401);
  const stop = new AbortController();
  const stream = await fetch(path, { headers: { cookie: await site.cookieOf('auditor') }, signal: stop.signal });
  assert.match(stream.headers.get('content-type') ?? '', /^text\/event-stream/);
  const { ended } = await site.desk.start(findJob(site.app.store, 'system'), 'person');
  const heard: RunStreamEvent[] = [];
  let text = '';
  for await (const chunk of stream.body ?? []) {
    text += Buffer.from(chunk).toString('utf8');
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines.filter((each) => each.startsWith('data: ')))
      heard.push(JSON.parse(line.slice(6)) as RunStreamEvent);
    if (heard.at(-1)?.type === 'ended') break;
  }
  const run = await ended;
  assert.equal(heard[0]?.type, 'all');
  assert.ok(heard.some((event) => event.type === 'live' && event.run.destination === 'local'));
  const last = heard.at(-1);
  assert.deepEqual(last?.type === 'ended' ? [last.run.id, last.run.outcome] : last, [run.id, 'succeeded']);
  stop.abort();
});

test('without a certificate of yours the service makes one, tells its fingerprint, and keeps it', async (context) => {
  const home = join(await temporaryFolder(context), 'home');
  const told: string[] = [];
  for (let start = 0; start < 2; start++) {
    const served = await serving(home, ['--tls'], async (url, output) => {
      const said = /SHA-256 fingerprint ([0-9A-F:]{95})/.exec(output)?.[1] ?? '';
      told.push(said);
      const { port } = new URL(url);
      const ca = readFileSync(join(home, 'certificate.pem'));
      const sent = request({ host: 'localhost', port, path: '/health', ca });
      sent.end();
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      const shown = (answer.socket as TLSSocket).getPeerCertificate().fingerprint256;
      answer.resume();
      assert.equal(shown, said);
      assert.equal(answer.statusCode, 200);
    });
    assert.equal(served.exitCode, 0, served.stderr);
  }
  assert.equal(told[0], told[1]);
  assert.equal(statSync(join(home, 'certificate-key.pem')).mode & 0o777, 0o600);
});
