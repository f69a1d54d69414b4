// A repository as folders by WebDAV, looked at with programs nobody here wrote.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { runProgram } from '../src/base/program.ts';
import { readPropfind } from '../src/cli/repo/webdav/propfind.ts';
import { cli } from './support/cli.ts';
import { compareTrees } from './support/compare-trees.ts';
import { randomBytesOf } from './support/random-bytes.ts';
import { testRepository } from './support/repository.ts';
import { needs } from './support/tools.ts';

const oddName = 'odd #%41 &<é>"\'; name';

async function served(context: TestContext) {
  const repository = await testRepository(context);
  const { path, passwordFile, folder } = repository;
  const source = join(folder, 'source');
  mkdirSync(join(source, 'empty'), { recursive: true });
  mkdirSync(join(source, oddName));
  writeFileSync(join(source, 'large'), randomBytesOf('large', 5_000_000));
  writeFileSync(join(source, 'none'), '');
  writeFileSync(join(source, oddName, oddName), 'odd');
  writeFileSync(Buffer.concat([Buffer.from(`${source}/latin `), Buffer.from([0xe9])]), 'not UTF-8');
  symlinkSync('large', join(source, 'link'));
  utimesSync(join(source, 'large'), 1_600_000_000, 1_600_000_000);
  const made = await repository.backup([source]);
  const stop = new AbortController();
  const heard = Promise.withResolvers<{ url: string; user: string; password: string }>();
  const ended = cli(['repo', 'serve', '-r', path, '-p', passwordFile, '--json'], {
    signal: stop.signal,
    onOutput: (text) => heard.resolve(JSON.parse(text)),
  });
  context.after(async () => {
    stop.abort();
    await ended;
  });
  const { url, user, password } = await Promise.race([heard.promise, ended.then(({ stderr }) => assert.fail(stderr))]);
  const curl = async (...args: string[]): Promise<{ status: number; body: Buffer; head: string }> => {
    const { stdout } = await runProgram('curl', ['-s', '-i', '--path-as-is', '-u', `${user}:${password}`, ...args]);
    const at = stdout.indexOf('\r\n\r\n');
    const head = stdout.subarray(0, at).toString('latin1');
    return { status: Number(head.split(' ')[1]), head, body: stdout.subarray(at + 4) };
  };
  const listing = await curl('-X', 'PROPFIND', '-H', 'Depth: 1', url);
  const name =
    /<D:href>\/([^<]+Z-[0-9a-f]{8})\/</.exec(listing.body.toString())?.[1] ?? assert.fail(listing.body.toString());
  assert.ok(name.endsWith(made.snapshotId?.slice(0, 8) ?? '?'));
  const encoded = source.split('/').map(encodeURIComponent).join('/');
  return {
    ...repository,
    source,
    url,
    user,
    password,
    curl,
    snapshot: `${url}${name}`,
    below: `${url}${name}${encoded}`,
    stop,
    ended,
  };
}

suite('a repository by WebDAV', needs('curl', 'rclone', 'cadaver'), () => {
  test('gives rclone the whole tree, and cadaver lists and fetches', async (context) => {
    const { url, user, password, source, folder, snapshot, stop, ended } = await served(context);
    const { stdout: obscured } = await runProgram('rclone', ['obscure', password]);
    const target = join(folder, 'fetched');
    const remote = `:webdav,url='${url}',user='${user}',pass='${obscured.toString().trim()}':`;
    const from = `${remote}${new URL(snapshot).pathname.slice(1)}${source}`;
    const copied = await runProgram('rclone', [
      '--config',
      '/dev/null',
      'copy',
      '--create-empty-src-dirs',
      from,
      target,
    ]);
    assert.equal(copied.exitCode, 0, copied.stderr);
    const differences = await compareTrees(source, target, { ignore: ['folder-mtime'] });
    const serious = differences.filter((line) => /content|missing|only/i.test(line) && !line.includes('link'));
    assert.deepEqual(
      serious.filter((line) => !line.includes('latin')),
      [],
      differences.join('\n'),
    );
    assert.ok(readFileSync(join(target, 'large')).equals(readFileSync(join(source, 'large'))));
    assert.equal(readFileSync(join(target, oddName, oddName), 'utf8'), 'odd');

    writeFileSync(join(folder, '.netrc'), `machine 127.0.0.1 login ${user} password ${password}\n`, { mode: 0o600 });
    const commands = `open ${snapshot}${source}\nls\nget large ${join(folder, 'by-cadaver')}\nput ${join(source, 'none')} more\nquit\n`;
    const talked = await runProgram('cadaver', [], { input: commands, env: { HOME: folder } });
    assert.match(talked.stdout.toString(), /large\s+5000000/);
    assert.match(talked.stdout.toString(), /405 Method Not Allowed/, 'nothing can be stored');
    assert.ok(readFileSync(join(folder, 'by-cadaver')).equals(readFileSync(join(source, 'large'))));
    stop.abort();
    assert.equal((await ended).exitCode, 0);
  });

  test('answers ranges, conditions and properties as the standards have it', async (context) => {
    const { url, curl, below, source } = await served(context);
    const large = readFileSync(join(source, 'large'));
    const whole = await curl(`${below}/large`);
    assert.deepEqual([whole.status, whole.body.equals(large)], [200, true]);
    const etag = /ETag: (\S+)/.exec(whole.head)?.[1] ?? '';
    for (const [range, from, to] of [
      ['0-99', 0, 100],
      ['4999990-', 4_999_990, 5_000_000],
      ['-5', 4_999_995, 5_000_000],
      ['2000000-2999999', 2_000_000, 3_000_000],
    ] as const) {
      const part = await curl('-H', `Range: bytes=${range}`, `${below}/large`);
      assert.equal(part.status, 206);
      assert.ok(part.body.equals(large.subarray(from, to)), range);
      assert.match(part.head, new RegExp(`Content-Range: bytes ${from}-${to - 1}/5000000`));
    }
    assert.equal((await curl('-H', 'Range: bytes=5000000-', `${below}/large`)).status, 416);
    assert.equal((await curl('-H', 'Range: bytes=0-9', '-H', 'If-Range: "other"', `${below}/large`)).status, 200);
    assert.equal((await curl('-H', `If-None-Match: ${etag}`, `${below}/large`)).status, 304);
    const head = await curl('-I', `${below}/large`);
    assert.match(head.head, /Content-Length: 5000000/);
    assert.match(head.head, /Last-Modified: Sun, 13 Sep 2020 12:26:40 GMT/);
    assert.equal((await curl(`${below}/latin%20%E9`)).body.toString(), 'not UTF-8');
    assert.equal((await curl(`${below}/none`)).status, 200);

    const propfind = (depth: string, body: string, address: string) =>
      curl('-X', 'PROPFIND', '-H', `Depth: ${depth}`, '--data-binary', body, address);
    const asked = await propfind(
      '0',
      '<a:propfind xmlns:a="DAV:"><a:prop><a:getcontentlength/><x:color xmlns:x="urn:x"/></a:prop></a:propfind>',
      `${below}/large`,
    );
    assert.equal(asked.status, 207);
    assert.match(
      asked.body.toString(),
      /<D:getcontentlength>5000000<\/D:getcontentlength><\/D:prop><D:status>HTTP\/1.1 200/,
    );
    assert.match(asked.body.toString(), /<color xmlns="urn:x"\/><\/D:prop><D:status>HTTP\/1.1 404/);
    assert.equal((await propfind('infinity', '', url)).status, 403);
    assert.equal(
      (await propfind('1', '<!DOCTYPE a [<!ENTITY b "c">]><propfind xmlns="DAV:"><allprop/></propfind>', url)).status,
      400,
    );
    assert.equal((await propfind('1', `<!--${'x'.repeat(70_000)}-->`, url)).status, 413);
    const options = await curl('-X', 'OPTIONS', url);
    assert.match(options.head, /DAV: 1\r/);
    assert.match(options.head, /Allow: OPTIONS, PROPFIND, GET, HEAD/);
  });

  test('is for its password only, and changes nothing', async (context) => {
    const { url, curl, below, restic } = await served(context);
    assert.equal((await curl('-u', 'orbit:wrong', url)).status, 401);
    assert.equal((await curl('-u', ':', url)).status, 401);
    assert.equal((await curl('-H', 'Host: evil.example', url)).status, 421);
    for (const method of ['PUT', 'DELETE', 'MKCOL', 'MOVE', 'COPY', 'LOCK', 'PROPPATCH', 'POST', 'TRACE'])
      assert.equal((await curl('-X', method, `${below}/large`)).status, 405, method);
    for (const path of ['nothing', '..', '../../etc/passwd', '%2e%2e/%2e%2e/etc/passwd', '%00', '%zz', 'link'])
      assert.ok([400, 404].includes((await curl(`${below}/${path}`)).status), path);
    assert.equal((await curl(below)).status, 405, 'a folder has no content');
    await restic('check', '--no-lock');
  });

  test('bodies that ask for nothing are refused', () => {
    for (const body of [
      '<',
      '<a/>',
      'text',
      '<propfind/>',
      '<propfind xmlns="DAV:"/>',
      '<propfind xmlns="DAV:"><prop>',
      '<x:propfind/>',
    ])
      assert.equal(readPropfind(body), undefined, body);
    assert.equal(readPropfind('<propfind xmlns="DAV:"><propname/></propfind>'), 'names');
    assert.equal(readPropfind(`<propfind xmlns="DAV:"><prop>${'<a/>'.repeat(201)}</prop></propfind>`), undefined);
  });
});
