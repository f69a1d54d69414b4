// Accounts, links, sign-ins, tokens: who gets in, and who no longer does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixedClock } from '../base/clock.ts';
import { SecretString } from '../base/secret-string.ts';
import { memoryStore, openStore } from '../store/store.ts';
import { failure } from '../../test/support/failures.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { accountOf, addAccount, findAccount, listAccounts, removeAccount, setPassword } from './account.ts';
import { isSetUp, linkLifeMs, makeLink, readLink, useLink } from './account-link.ts';
import { addApiToken, findApiToken, listApiTokens, removeApiToken } from './api-token.ts';
import { hashPassword, isPassword } from './password-hash.ts';
import { type Role, roles } from './role.ts';
import { leastScopes, roleFor, scopesOf } from './scope.ts';
import type { OrbitEvent } from '../base/event.ts';
import { endExpiredSignIns, endSignIn, findSignIn, idleMs, lifeMs, listSignIns, startSignIn } from './sign-in.ts';
import { SignInLimit } from './sign-in-limit.ts';

const cheap = { memoryKib: 64, passes: 1, lanes: 1 };
const secret = (value: string): SecretString => new SecretString(value);
const good = secret('plum orbit kettle granite');
const site = () => ({ store: memoryStore(), clock: fixedClock(new Date('2026-11-23T08:00:00Z')), costs: cheap });
const from = { address: '127.0.0.1', agent: 'a browser' };

test('a password is kept as argon2id with its costs, and only itself fits it', async () => {
  const hash = await hashPassword(good, cheap);
  assert.match(hash, /^\$argon2id\$v=19\$m=64,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.ok(await isPassword(good, hash));
  assert.ok(!(await isPassword(secret('plum orbit kettle granitE'), hash)));
  assert.ok(!(await isPassword(good, 'plum orbit kettle granite')));
  // The same letter composed or decomposed is the same password: keyboards differ.
  const composed = await hashPassword(secret('pão de queijo quente'.normalize('NFC')), cheap);
  assert.ok(await isPassword(secret('pão de queijo quente'.normalize('NFD')), composed));
});

test('the first link makes the first administrator, once, and only within a day', async () => {
  const place = site();
  const token = makeLink(place);
  assert.equal(readLink(place, token), undefined);
  assert.throws(() => readLink(place, secret('guessed')), failure('accounts.bad-link'));
  await assert.rejects(
    useLink(place, token, { name: 'ana', password: secret('ana12345678') }),
    failure('accounts.weak-password'),
  );
  const account = await useLink(place, token, { name: 'ana', password: good });
  assert.equal(account.role, 'administrator');
  assert.ok(isSetUp(place.store));
  await assert.rejects(useLink(place, token, { name: 'eve', password: good }), failure('accounts.bad-link'));
  assert.deepEqual(
    listAccounts(place.store).map(({ name }) => name),
    ['ana'],
  );
  const reset = makeLink(place, account);
  place.clock.advance(linkLifeMs + 1);
  assert.throws(() => readLink(place, reset), failure('accounts.bad-link'));
});

test('a link that waits for a first account is worth nothing once there is one', async () => {
  const place = site();
  await useLink(place, makeLink(place), { name: 'ana', password: good });
  assert.throws(() => readLink(place, makeLink(place)), failure('accounts.bad-link'));
});

test('a name and its password sign in, nothing else does', async () => {
  const place = site();
  const ana = await useLink(place, makeLink(place), { name: 'Ana', password: good });
  assert.equal((await accountOf(place, 'ana', good))?.id, ana.id);
  assert.equal(await accountOf(place, 'ana', secret('wrong horse battery')), undefined);
  assert.equal(await accountOf(place, 'bob', good), undefined);
  addAccount(place, 'carla', 'auditor');
  assert.equal(await accountOf(place, 'carla', secret('')), undefined, 'an account without a password lets nobody in');
  assert.throws(() => addAccount(place, 'ANA', 'operator'), failure('accounts.name-taken'));
  assert.throws(() => addAccount(place, 'a b', 'operator'), failure('accounts.bad-name'));
});

test('a sign-in ends when idle, when old, when revoked and when the password changes', async () => {
  const place = site();
  const ana = await useLink(place, makeLink(place), { name: 'ana', password: good });
  const idle = startSignIn(place, ana, from);
  place.clock.advance(idleMs);
  assert.equal(findSignIn(place, idle, true)?.account.name, 'ana');
  place.clock.advance(idleMs);
  assert.ok(findSignIn(place, idle, false), 'it was used, so it lives');
  place.clock.advance(1);
  assert.equal(findSignIn(place, idle, true), undefined);
  const old = startSignIn(place, ana, from);
  for (let passed = 0; passed <= lifeMs; passed += idleMs) {
    findSignIn(place, old, true);
    place.clock.advance(idleMs);
  }
  assert.equal(findSignIn(place, old, true), undefined);
  const revoked = startSignIn(place, ana, from);
  endSignIn(place, listSignIns(place, ana.id)[0]?.id ?? '');
  assert.equal(findSignIn(place, revoked, true), undefined);
  const other = startSignIn(place, ana, from);
  await setPassword(place, findAccount(place.store, 'ana'), secret('another kettle, granite plum'));
  assert.equal(findSignIn(place, other, true), undefined);
});

test('a sign-in that expired is told once, by whom, and one that lives is not', async () => {
  const place = site();
  const ana = await useLink(place, makeLink(place), { name: 'ana', password: good });
  const told: OrbitEvent[] = [];
  const telling = { ...place, tell: (event: OrbitEvent) => void told.push(event) };
  startSignIn(place, ana, from);
  place.clock.advance(idleMs);
  const living = startSignIn(place, ana, from);
  place.clock.advance(1);
  endExpiredSignIns(telling);
  endExpiredSignIns(telling);
  assert.deepEqual(
    told.map(({ id, facts }) => [id, facts.user, facts.address]),
    [['sign-in.expired', 'ana', '127.0.0.1']],
  );
  assert.ok(findSignIn(place, living, true));
});

test('the database holds no token, only digests', async () => {
  const place = site();
  const ana = await useLink(place, makeLink(place), { name: 'ana', password: good });
  const tokens = [
    startSignIn(place, ana, from),
    addApiToken(place, { name: 'ci', scopes: leastScopes, createdBy: 'ana' }).token,
  ];
  for (const table of ['sign_in', 'api_token', 'account_link', 'account']) {
    const text = JSON.stringify(place.store.database.prepare(`SELECT * FROM ${table}`).all());
    for (const token of [...tokens, good]) assert.ok(!text.includes(token.reveal()), table);
  }
});

test('a token of a program works until it is removed or expires', () => {
  const place = site();
  const expiresAt = '2026-11-24T08:00:00.000Z';
  const { token } = addApiToken(place, { name: 'ci', scopes: ['backups:run'], createdBy: 'ana', expiresAt });
  assert.deepEqual(findApiToken(place, token)?.scopes, ['backups:run']);
  assert.equal(findApiToken(place, token)?.usedAt, place.clock.now().toISOString());
  place.clock.advance(24 * 60 * 60_000);
  assert.equal(findApiToken(place, token), undefined);
  const lasting = addApiToken(place, { name: 'ops', scopes: leastScopes, createdBy: 'ana' }).token;
  removeApiToken(place, 'ops');
  assert.equal(findApiToken(place, lasting), undefined);
  assert.throws(() => removeApiToken(place, 'ops'), failure('accounts.not-found'));
});

test('the last administrator cannot be removed', async () => {
  const place = site();
  await useLink(place, makeLink(place), { name: 'ana', password: good });
  assert.throws(() => removeAccount(place.store, 'ana'), failure('accounts.last-administrator'));
  const bob = addAccount(place, 'bob', 'administrator');
  assert.throws(
    () => removeAccount(place.store, 'ana'),
    failure('accounts.last-administrator'),
    'bob cannot sign in yet',
  );
  await setPassword(place, bob, good);
  assert.equal(removeAccount(place.store, 'ana').name, 'ana');
});

test('five wrong passwords for one name shut the door for that address only, for a quarter of an hour', () => {
  const { clock } = site();
  const limit = new SignInLimit(clock);
  for (let attempt = 0; attempt < 5; attempt += 1) {
    limit.check('10.0.0.1', 'ana');
    limit.refused('10.0.0.1', 'ana');
  }
  assert.throws(() => limit.check('10.0.0.1', 'Ana'), failure('accounts.too-many-attempts', /15 minute/));
  limit.check('10.0.0.2', 'ana');
  limit.check('10.0.0.1', 'bob');
  clock.advance(15 * 60_000);
  limit.check('10.0.0.1', 'ana');
});

test('an account that is named like the id of another does not stand in its place', () => {
  const place = site();
  const ana = addAccount(place, 'ana', 'administrator');
  addAccount(place, ana.id, 'custodian');
  assert.equal(findAccount(place.store, ana.id).name, 'ana');
});

test('the role that is told of a token is the least one that may do all of it', () => {
  assert.equal(roleFor(['state:read']), 'custodian');
  assert.equal(roleFor(['backups:read', 'state:read']), 'auditor');
  assert.equal(roleFor(['backups:run']), 'operator');
  assert.equal(roleFor(['backups:run', 'recordings:watch']), 'administrator');
  assert.ok(!scopesOf('operator').includes('recordings:watch'));
});

test('tokens of before scopes keep what their role allowed', async (context) => {
  const folder = await temporaryFolder(context);
  const before = openStore(folder);
  // As the version before left it: the newest table is the older one again.
  before.database.exec(`DELETE FROM migration WHERE name = '067-token-scopes.sql'; DROP TABLE api_token;
    CREATE TABLE api_token (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, digest BLOB NOT NULL UNIQUE, role TEXT NOT NULL,
      created_at TEXT NOT NULL, created_by TEXT NOT NULL, expires_at TEXT, used_at TEXT) STRICT`);
  const insert = before.database.prepare(`INSERT INTO api_token VALUES (?, ?, ?, ?, 'x', 'ana', NULL, NULL)`);
  for (const role of roles) insert.run(role, role, Buffer.from(role), role);
  before.close();
  const store = openStore(folder);
  context.after(() => store.close());
  // What came later was allowed to nobody then, and is not given to old tokens unasked.
  const later = ['backups:delete', 'incidents:read', 'incidents:resolve'];
  for (const { name, scopes } of listApiTokens({ store })) {
    const then = scopesOf(name as Role).filter((scope) => !later.includes(scope));
    assert.deepEqual(scopes, then);
  }
});
