import assert from 'node:assert/strict';
import { readFile, readdir, readlink, stat } from 'node:fs/promises';
import { test } from 'node:test';
import { describeBackend } from '../../../test/support/describe-backend.ts';
import { failure } from '../../../test/support/failures.ts';
import { onlyRoot, smallDisk } from '../../../test/support/small-disk.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { failureOfSystemError } from '../failures.ts';
import { isRetryable } from '../retrying.ts';
import { type WorkerAnswer, encodeFrame, frameReader } from './frames.ts';
import { cifsMountOptions, maskedOptions, nfsMountOptions } from './mount-options.ts';
import { checkCanMount, isWanted, mountFailure } from './mounter.ts';
import { type WorkerSettings, openWorkerBackend } from './worker-backend.ts';

const folderSettings = (path: string): WorkerSettings => ({ path, location: `mount of ${path}`, timeoutSeconds: 10 });

describeBackend('mount worker', async (context) => openWorkerBackend(folderSettings(await temporaryFolder(context))));

test('frames come out whole, however they were cut', () => {
  const heads: WorkerAnswer[] = [
    { id: 1, ok: true },
    { id: 2, ok: true, objects: [{ key: 'a', size: 1 }] },
    { id: 3, ok: false, error: 'ü' },
  ];
  const bodies = [Buffer.alloc(0), Buffer.from('body'), Buffer.alloc(1000, 7)];
  const stream = Buffer.concat(heads.flatMap((head, index) => encodeFrame(head, bodies[index])));
  for (const size of [1, 2, 7, 100, stream.length]) {
    const got: unknown[] = [];
    const read = frameReader<WorkerAnswer>(({ head, body }) => got.push([head, Buffer.from(body)]));
    for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size));
    assert.deepEqual(
      got,
      heads.map((head, index) => [head, bodies[index]]),
    );
  }
});

test('a folder that hangs is given up at the deadline, its worker is killed, and this process goes on', async (context) => {
  const path = await temporaryFolder(context);
  let hung = 0;
  const backend = await openWorkerBackend({ ...folderSettings(path), timeoutSeconds: 1, onHang: () => (hung += 1) });
  await backend.save('a', Buffer.from('x'));
  const worker = await workerIn(path);
  process.kill(worker, 'SIGSTOP');
  const calls = await Promise.allSettled([backend.stat('a'), backend.freeBytes(), readFile('/etc/hostname')]);
  assert.deepEqual(
    calls.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled'],
  );
  assert.ok(calls[0]?.status === 'rejected' && failure('backend.timeout', /1 s/)(calls[0].reason));
  assert.equal(hung, 1);
  assert.equal(backend.isAlive, false);
  await assert.rejects(backend.load('a'), failure('backend.timeout'));
  await backend.close();
});

test('a caller that gives up is let go at once; what hangs after that is found out at the close', async (context) => {
  const path = await temporaryFolder(context);
  let hung = 0;
  const backend = await openWorkerBackend({ ...folderSettings(path), onHang: () => (hung += 1) });
  process.kill(await workerIn(path), 'SIGSTOP');
  const reason = new Error('enough');
  const stop = new AbortController();
  const looking = backend.stat('a', { signal: stop.signal });
  stop.abort(reason);
  await assert.rejects(looking, reason);
  await backend.close();
  assert.equal(hung, 1);
});

test('a worker that dies is told as such', async (context) => {
  const path = await temporaryFolder(context);
  const backend = await openWorkerBackend(folderSettings(path));
  context.after(() => backend.close());
  const worker = await workerIn(path);
  process.kill(worker, 'SIGSTOP');
  const looking = backend.stat('a');
  process.kill(worker, 'SIGKILL');
  await assert.rejects(looking, failure('backend.unreachable'));
});

test('nothing is written beneath a mount that is taken away while it is used', onlyRoot, async (context) => {
  const disk = await smallDisk(context, '4m');
  const backend = await openWorkerBackend({ ...folderSettings(disk.path), fileSystems: [0x01021994] });
  context.after(() => backend.close());
  await backend.save('data/a', Buffer.from('x'));
  await disk.unmount();
  await backend.save('data/b', Buffer.from('y'));
  assert.deepEqual(await readdir(disk.path), [], 'it went to the disk that was there, not beneath');
  await assert.rejects(
    openWorkerBackend({ ...folderSettings(disk.path), fileSystems: [0x01021994] }),
    failure('backend.not-mounted'),
  );
});

test('a share is mounted so that nothing on it runs and no wait is for ever', () => {
  const cifs = cifsMountOptions({ user: 'u', domain: 'D', port: 445, encrypt: true, extra: 'vers=3.0,nobrl' });
  const nfs = nfsMountOptions({ version: '3', extra: '' });
  for (const option of ['nosuid', 'nodev', 'noexec']) assert.ok(cifs.includes(option) && nfs.includes(option));
  for (const option of ['soft', 'seal', 'iocharset=utf8', 'username=u', 'domain=D']) assert.ok(cifs.includes(option));
  assert.ok(nfs.includes('softerr') && nfs.includes('nolock'));
  assert.deepEqual(cifs.slice(-2), ['vers=3.0', 'nobrl'], 'what the administrator adds comes last');
  for (const extra of [
    'pass=x',
    'password=x',
    'credentials=/etc/x',
    'user=x',
    'suid',
    'hard',
    'a b',
    'x=;id',
    'exec,nobrl',
  ]) {
    assert.throws(() => nfsMountOptions({ version: '4.1', extra }), failure('backend.bad-mount-option'), extra);
  }
  assert.equal(maskedOptions('user=a,pass=se,cret'), 'user=a,pass=*******,cret');
});

test('what the mount programs say is told with cause and cure', () => {
  const says = (type: 'cifs' | 'nfs', text: string, code: string, words: RegExp): void => {
    assert.ok(failure(code, words)(mountFailure(type, 'the place', text)));
  };
  says('cifs', 'mount error(13): Permission denied\nRefer to the mount.cifs(8)', 'backend.auth', /password/);
  says('cifs', 'mount error(2): No such file or directory', 'backend.place-missing', /no such share/);
  says('cifs', 'mount error(111): could not connect to 10.0.0.1', 'backend.unreachable', /firewall/);
  says('cifs', 'mount error(113): could not connect', 'backend.unreachable', /firewall/);
  says('cifs', 'mount error(95): Operation not supported', 'backend.not-encrypted', /unencrypted/);
  says('nfs', 'mount.nfs: mount system call failed', 'backend.unreachable', /firewall/);
  says('cifs', 'mount error: cifs filesystem not supported by the system', 'backend.cannot-mount', /kind smb/);
  says(
    'nfs',
    'mount.nfs: mounting h:/x failed, reason given by server: No such file or directory',
    'backend.place-missing',
    /not to this machine/,
  );
  says('nfs', 'mount.nfs: access denied by server while mounting h:/x', 'backend.permission', /list/);
  says('nfs', 'mount.nfs: Connection refused', 'backend.unreachable', /firewall/);
  says('nfs', 'mount.nfs: No route to host', 'backend.unreachable', /firewall/);
  says('nfs', 'mount.nfs: Connection timed out', 'backend.unreachable', /firewall/);
  says('nfs', 'mount.nfs: something new', 'backend.refused', /something new/);
});

test('where nobody may mount, that is said before anything is tried, with the fix', async () => {
  const canCifs = await stat('/sys/module/cifs').then(
    () => true,
    () => false,
  );
  if (!canCifs)
    await assert.rejects(
      checkCanMount('cifs', 'x'),
      failure('backend.cannot-mount', /kind smb: it needs neither root nor a module/),
    );
  const { geteuid } = process;
  process.geteuid = () => 1000;
  try {
    await assert.rejects(
      checkCanMount('nfs', 'x'),
      failure('backend.cannot-mount', /only root.*no way to NFS without/s),
    );
  } finally {
    if (geteuid !== undefined) process.geteuid = geteuid;
  }
});

test('an error of the kernel that has no name is an input/output error, which is tried again', () => {
  const error = Object.assign(new Error('x'), { code: 'Unknown system error -512' });
  const meaning = failureOfSystemError(error, 'the place', 'read it');
  assert.ok(failure('backend.input-output')(meaning) && isRetryable(meaning));
});

test('a mount is ours by type and source, however they are written', () => {
  assert.ok(isWanted({ type: 'cifs', source: '//h/share' }, entry('cifs', String.raw`\\h\share`)));
  assert.ok(isWanted({ type: 'nfs', source: 'h:/x/' }, entry('nfs4', 'h:/x')));
  assert.ok(!isWanted({ type: 'nfs', source: 'h:/x' }, entry('nfs4', 'h:/y')));
  assert.ok(!isWanted({ type: 'cifs', source: '//h/x' }, entry('tmpfs', '//h/x')));
});

const entry = (type: string, source: string) => ({ point: '/m', type, source, options: '' });

// The worker is the one process that stands in the folder.
async function workerIn(path: string): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if ((await readlink(`/proc/${pid}/cwd`).catch(() => '')) === path) return Number(pid);
  }
  throw new Error('no worker');
}
