// Kits judged by programs nobody here wrote: stock age, KeePassXC and restic, run as README.txt says.
import assert from 'node:assert/strict';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { SaxesParser } from 'saxes';
import { openFolderBackend } from '../../backends/folder.ts';
import { SecretString } from '../../base/secret-string.ts';
import { kitSite, masterPasswords } from '../../../test/support/kits.ts';
import { everyPrintable, someSecret, someSecrets } from '../../../test/support/many-secrets.ts';
import { stock, typed } from '../../../test/support/stock-age.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import { changeRecipients, startCeremony } from '../ceremony.ts';
import { writeDestinationFiles } from '../destination-files.ts';
import { parseIdentityFile } from '../recovery-key.ts';
import { openDigestKey } from './record-digest.ts';

const [first, second] = masterPasswords as [SecretString, SecretString, SecretString];
const noPassword = ['--no-password', '-k', 'secrets.keyx'];

/** An entry as KeePassXC exports it. */
interface ExportedEntry {
  groups: string[];
  strings: Map<string, string>;
  tags: string;
  history: Map<string, string>[];
}

// KeePassXC's XML: Group > Entry > String(Key, Value), and History > Entry inside an entry.
function parseExport(xml: string): ExportedEntry[] {
  const entries: ExportedEntry[] = [];
  const groups: string[] = [];
  const path: string[] = [];
  let open: Map<string, string>[] = [];
  let current: ExportedEntry | undefined;
  let text = '';
  let name = '';
  const parser = new SaxesParser();
  parser.on('opentag', (tag) => {
    path.push(tag.name);
    text = '';
    if (tag.name !== 'Entry') return;
    const strings = new Map<string, string>();
    open.push(strings);
    if (open.length > 1) current?.history.push(strings);
    else entries.push((current = { groups: groups.slice(1), strings, tags: '', history: [] }));
  });
  parser.on('text', (part) => (text += part));
  parser.on('closetag', (tag) => {
    path.pop();
    const parent = path.at(-1);
    if (tag.name === 'Name' && parent === 'Group') groups.push(text);
    if (tag.name === 'Group') groups.pop();
    if (tag.name === 'Entry') open = open.slice(0, -1);
    if (tag.name === 'Key' && parent === 'String') name = text;
    if (tag.name === 'Value' && parent === 'String') open.at(-1)?.set(name, text);
    if (tag.name === 'Tags' && open.length === 1 && current !== undefined) current.tags = text;
    text = '';
  });
  parser.write(xml).close();
  return entries;
}

test(
  '20,000 secrets open with stock age and KeePassXC, equal entry by entry',
  needs('age', 'keepassxc-cli', 'script'),
  async (context) => {
    const folder = await temporaryFolder(context);
    const site = await kitSite();
    const { proof } = await site.backUp(await openFolderBackend(folder), someSecrets(20_000));
    assert.equal(proof.records, 20_000);
    const kit = join(folder, 'secrets', proof.kit);
    const opened = await typed(kit, 'age -d -i recovery-key.age -o secrets.keyx secrets.keyx.age', first.reveal());
    assert.equal(opened.exitCode, 0, opened.shown);
    const xml = await stock(kit, 'keepassxc-cli', 'export', '-f', 'xml', ...noPassword, 'secrets.kdbx');
    const exported = parseExport(xml.toString('utf8'));
    assert.equal(exported.length, 20_000);
    const byUrl = new Map(exported.map((entry) => [entry.strings.get('URL'), entry]));
    for (const record of someSecrets(20_000)) {
      const entry = byUrl.get(record.url);
      assert.ok(entry !== undefined, record.id);
      const { strings } = entry;
      assert.equal(strings.get('Title'), record.title);
      assert.equal(strings.get('UserName'), record.username);
      assert.equal(strings.get('Password'), record.password.reveal());
      assert.equal(strings.get('Notes'), record.notes.reveal());
      assert.equal(strings.get('otp'), record.totp?.reveal());
      for (const field of record.fields) assert.equal(strings.get(field.name), field.value.reveal());
      assert.deepEqual(entry.groups, record.groups);
      assert.deepEqual(entry.tags.split(/[,;]/).filter(Boolean), record.tags);
      assert.deepEqual(
        entry.history.map((version) => version.get('Password')),
        record.history.map((version) => version.password.reveal()),
      );
    }
    const file = someSecret(50);
    const path = [...file.groups, file.title].join('/');
    await stock(
      kit,
      'keepassxc-cli',
      'attachment-export',
      ...noPassword,
      'secrets.kdbx',
      path,
      'key 50.pem',
      'out.pem',
    );
    assert.deepEqual(await readFile(join(kit, 'out.pem')), file.attachments[0]?.bytes);
    const totp = someSecret(9);
    const code = await stock(
      kit,
      'keepassxc-cli',
      'show',
      '-q',
      '-t',
      ...noPassword,
      'secrets.kdbx',
      [...totp.groups, totp.title].join('/'),
    );
    assert.match(code.toString(), /^\d{6}\n$/);
  },
);

/** The commands of one language of a README: the lines that begin with four spaces. */
function commandsOf(readme: string, language: 'en' | 'pt'): string[] {
  const [english = '', portuguese = ''] = readme.split('='.repeat(78));
  const text = language === 'en' ? english : portuguese;
  return text.split('\n').flatMap((line) => (/^ {4}\S/.test(line) ? [line.trim()] : []));
}

test(
  'the commands of a kit’s README open it, word for word, in both languages',
  needs('age', 'keepassxc-cli', 'script', 'ssh-keygen'),
  async (context) => {
    const folder = await temporaryFolder(context);
    await stock(folder, 'ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', 'own');
    const site = await kitSite({
      extraRecipients: [{ recipient: await readFile(join(folder, 'own.pub'), 'utf8'), title: 'own' }],
    });
    const backend = await openFolderBackend(folder);
    const { proof } = await site.backUp(backend, [someSecret(1, { title: 'router', password: everyPrintable })], {
      contacts: ['Ana Souza, +55 11 5555-0100'],
    });
    for (const language of ['en', 'pt'] as const) {
      const copy = join(folder, language);
      await cp(join(folder, 'secrets', proof.kit), copy, { recursive: true });
      const readme = await readFile(join(copy, 'README.txt'), 'utf8');
      assert.match(readme, /Ana Souza, \+55 11 5555-0100/);
      const commands = commandsOf(readme, language);
      assert.equal(commands.length, 7);
      const seen: string[] = [];
      for (const command of commands) {
        const line = command
          .replace('MY-KEY', join(folder, 'own'))
          .replace('WORD', 'rout')
          .replace('ENTRY', '"Team 1/Região 1/router"');
        // The second way to the key file makes it anew.
        if (command.includes('MY-KEY')) await stock(copy, 'rm', 'secrets.keyx');
        const { exitCode, shown } = await typed(copy, line, first.reveal());
        assert.equal(exitCode, 0, `${line}: ${shown}`);
        seen.push(shown);
      }
      const [, , listed, found, shownEntry, csv] = seen;
      assert.match(listed ?? '', /Team 1\/Região 1\/router/);
      assert.match(found ?? '', /Team 1\/Região 1\/router/);
      assert.ok(shownEntry?.includes(everyPrintable), 'the password is shown whole');
      assert.match(csv ?? '', /"Title","Username","Password"/);
      await assert.rejects(readFile(join(copy, 'secrets.keyx')), { code: 'ENOENT' });
    }
  },
);

test(
  'the README at the top recovers kits of earlier keys and the repositories, word for word, in both languages',
  needs('age', 'restic', 'script'),
  async (context) => {
    const folder = await temporaryFolder(context);
    const own = join(folder, 'own.txt');
    await stock(folder, 'age-keygen', '-o', own);
    const site = await kitSite();
    const destination = join(folder, 'destination');
    await mkdir(destination);
    const backend = await openFolderBackend(destination);
    const old = await site.backUp(backend, [someSecret(1)]);
    const [oldKey] = [site.store.database.prepare('SELECT id FROM recovery_key').get()?.['id']];
    site.clock.advance(1000);
    await startCeremony(site, { masterPassword: second, previous: { masterPassword: first } });
    const { recipient } = parseIdentityFile(await readFile(own)).identity;
    await changeRecipients(site, { masterPassword: second }, [{ recipient, title: 'safe' }]);
    const fresh = await site.backUp(backend, [someSecret(1)]);
    const repositoryPasswords = { system: new SecretString(`s ${everyPrintable}`), recordings: new SecretString('r') };
    // Every system snapshot has the machine's runbook.
    await mkdir(join(folder, 'orbit'));
    for (const name of ['RUNBOOK.md', 'RUNBOOK.pt.md']) await writeFile(join(folder, 'orbit', name), 'steps');
    for (const [name, password] of Object.entries(repositoryPasswords)) {
      await writeFile(join(folder, name), password.reveal());
      await stock(destination, 'restic', '-q', '-r', name, '--password-file', join(folder, name), 'init');
      await stock(
        folder,
        'restic',
        '-q',
        '-r',
        join('destination', name),
        '--password-file',
        join(folder, name),
        'backup',
        'own.txt',
        'orbit',
      );
    }
    const result = await writeDestinationFiles(backend, {
      store: site.store,
      digestKey: openDigestKey(site.store, site.instanceKey),
      repositoryPasswords,
      contacts: ['Rui'],
    });
    assert.deepEqual(result.kept, []);
    for (const language of ['en', 'pt'] as const) {
      const copy = join(folder, language);
      await cp(destination, copy, { recursive: true });
      const commands = commandsOf(await readFile(join(copy, 'README.txt'), 'utf8'), language);
      assert.equal(commands.length, 10);
      let keyFiles = 0;
      for (const command of commands) {
        // The first key file is of the current kit, the second, by the earlier key, of the old one.
        const isKeyFile = command.includes('secrets.keyx.age');
        if (isKeyFile) keyFiles += 1;
        const line = command
          .replace('MY-KEY', own)
          .replace('EARLIER', String(oldKey))
          .replace('TIME', keyFiles === 1 ? fresh.proof.kit : old.proof.kit);
        const { exitCode, shown } = await typed(copy, line, second.reveal());
        assert.equal(exitCode, 0, `${line}: ${shown}`);
        const open = [
          'keepassxc-cli',
          'ls',
          ...noPassword,
          join('secrets', keyFiles === 1 ? fresh.proof.kit : old.proof.kit, 'secrets.kdbx'),
        ] as const;
        if (isKeyFile) await stock(copy, ...open);
      }
      assert.deepEqual(await readFile(join(copy, 'restored', 'own.txt')), await readFile(own));
      assert.equal(
        parseIdentityFile(await readFile(join(copy, 'recovery-key.txt'))).identity.recipient.slice(0, 4),
        'age1',
      );
    }
  },
);
