// What is told to ssh, as OpenSSH itself understands it.
import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type TestContext, test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { runProgram } from '../../base/program.ts';
import { type SshTarget, checkAddress, openSshConnection } from './connection.ts';
import { type HostKey, hostKeyFrom } from './host-key.ts';
import { createSshKeyPair } from './key-pair.ts';

const target = async (more: Partial<SshTarget> = {}): Promise<SshTarget> => {
  const key = await createSshKeyPair('ed25519', 'test');
  return { host: 'vault.example', port: 2222, user: 'backup', key, hostKey: hostKeyFrom(key.publicLine), ...more };
};

/** The settings by which `ssh` would connect. */
async function understood(t: TestContext, to: SshTarget): Promise<Map<string, string>> {
  const connection = await openSshConnection(to, 'the server');
  t.after(() => connection.close());
  const { stdout, stderr, exitCode } = await runProgram('ssh', ['-G', '-F', 'config', 'target'], {
    cwd: connection.folder,
  });
  assert.equal(exitCode, 0, stderr);
  const lines = stdout.toString().trim().split('\n');
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
}

test('OpenSSH goes where it is told to, by one key, to one host key, and is asked nothing', async (t) => {
  const settings = await understood(t, await target({ connectTimeoutSeconds: 7, aliveIntervalSeconds: 3 }));
  for (const [name, value] of Object.entries({
    hostname: 'vault.example',
    port: '2222',
    user: 'backup',
    batchmode: 'yes',
    stricthostkeychecking: 'true',
    hostkeyalgorithms: 'ssh-ed25519',
    userknownhostsfile: 'known_hosts',
    globalknownhostsfile: '/dev/null',
    preferredauthentications: 'publickey',
    identitiesonly: 'yes',
    forwardagent: 'no',
    clearallforwardings: 'yes',
    permitlocalcommand: 'no',
    connecttimeout: '7',
    serveraliveinterval: '3',
  })) {
    assert.equal(settings.get(name), value, name);
  }
});

test('a link-local address keeps its scope, and SHA-1 is no way to prove an RSA host key', async (t) => {
  const rsa: HostKey = hostKeyFrom((await createSshKeyPair('rsa', 'test')).publicLine);
  const settings = await understood(t, await target({ host: 'fe80::1%eth0', hostKey: rsa }));
  assert.equal(settings.get('hostname'), 'fe80::1%eth0');
  assert.equal(settings.get('hostkeyalgorithms'), 'rsa-sha2-512,rsa-sha2-256');
});

test('nobody else may look into the folder of a connection, no private key lies in it, and it goes with it', async () => {
  const connection = await openSshConnection(await target(), 'the server');
  assert.equal((await stat(connection.folder)).mode & 0o077, 0);
  assert.deepEqual((await readdir(connection.folder)).sort(), ['agent', 'config', 'id.pub', 'known_hosts']);
  await connection.close();
  await connection.close();
  assert.ok(!(await readdir(dirname(connection.folder))).includes(connection.folder.split('/').at(-1) ?? ''));
});

test('an address that could mean something else to ssh is refused before ssh sees it', () => {
  const good = { host: 'vault.example', port: 22, user: 'backup' };
  for (const change of [
    {},
    { host: '192.0.2.1' },
    { host: '2001:db8::1' },
    { host: 'fe80::1%eth0.7' },
    { host: '_srv.example' },
    { user: 'DOMAIN.user@realm' },
    { user: 'josé' },
    { port: 65_535 },
  ]) {
    assert.doesNotThrow(() => checkAddress({ ...good, ...change }), JSON.stringify(change));
  }
  for (const change of [
    { host: '' },
    { host: '-oProxyCommand=id' },
    { host: 'a b' },
    { host: 'a\nProxyCommand id' },
    { host: 'a;id' },
    { host: 'vault%h' },
    { user: '' },
    { user: '-l' },
    { user: 'a\nb' },
    { user: 'a;id' },
    { user: '$HOME' },
    { user: '%r' },
    { port: 0 },
    { port: 65_536 },
    { port: 22.5 },
  ]) {
    assert.throws(() => checkAddress({ ...good, ...change }), failure('backend.bad-address'), JSON.stringify(change));
  }
});
