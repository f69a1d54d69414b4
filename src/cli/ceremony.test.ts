import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { cli } from '../../test/support/cli.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { openApp } from '../app.ts';
import { Failure } from '../base/failure.ts';
import { SecretString } from '../base/secret-string.ts';
import { currentKey } from '../breakglass/recovery-key-store.ts';
import { unwrapByPassword } from '../breakglass/recovery-key.ts';
import { addDestination } from '../destinations/destination.ts';
import { prepareDestination } from '../destinations/open.ts';
import { resealLines } from './ceremony-reseal.ts';

test('a generated passphrase is told although the command is stopped right after the key was made', async (context) => {
  const folder = await temporaryFolder(context);
  const home = join(folder, 'home');
  const before = openApp(home);
  const place = { name: 'here', kind: 'folder', config: { path: join(folder, 'place') } };
  await prepareDestination(before, addDestination(before.store, before.instanceKey, place));
  before.close();
  const signal = AbortSignal.abort(new Error('stopped by hand'));
  const { exitCode, stdout, stderr } = await cli(['ceremony', 'start', '--generate'], { home, signal });
  assert.notEqual(exitCode, 0, 'and the trouble is told too');
  const passphrase = /^ {4}(\S{20,})$/m.exec(stdout)?.[1] ?? assert.fail(`no passphrase: ${stdout}${stderr}`);
  const app = openApp(home);
  context.after(() => app.close());
  const { id, wrappedByPassword } = currentKey(app.store);
  const opened = await unwrapByPassword(wrappedByPassword ?? Buffer.alloc(0), new SecretString(passphrase));
  assert.equal(opened.identity.id, id);
});

test('kits that an append-only place keeps under a compromised key are told plainly; what may be tried again is not', () => {
  const left = (code: string) => ({ what: 'secrets/2026', failure: new Failure(code, { message: 'no' }) });
  const linesOf = (code: string): string =>
    resealLines([{ destination: 'far', kits: [], repositories: [], left: [left(code)] }]).join('\n');
  assert.match(linesOf('backend.permission'), /1 kit\(s\) there go on opening with the\n {2}compromised key/);
  assert.doesNotMatch(linesOf('backend.unreachable'), /go on opening/);
});
