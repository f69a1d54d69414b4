// The key set changes while one of two destinations is out of reach: both end with the current set, old kits and passwords
// open with it, and no payload was written again. Then the key becomes known to others.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { prefixedBackend } from '../src/backends/prefixed.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { changeMasterPassword, changeRecipients, withEveryIdentity } from '../src/breakglass/ceremony.ts';
import { openCustodians } from '../src/breakglass/custodians.ts';
import { holdCeremony, splitAnew } from '../src/breakglass/hold-ceremony.ts';
import { folderFiles } from '../src/breakglass/kit/kit-files.ts';
import { type KitOpener, openKit } from '../src/breakglass/kit/open-kit.ts';
import { renewProof } from '../src/breakglass/kit/verify-kit.ts';
import { parseIdentityFile, identityFromSecretBytes, unwrapByPassword } from '../src/breakglass/recovery-key.ts';
import { openRepositoryPassword } from '../src/breakglass/repository-password.ts';
import { combineShares } from '../src/breakglass/shares/combine-shares.ts';
import type { Share } from '../src/breakglass/shares/share.ts';
import { addDestination, findDestination } from '../src/destinations/destination.ts';
import { openDestination, prepareDestination, probeDestination } from '../src/destinations/open.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { findJob, saveJob } from '../src/jobs/job.ts';
import { deliverKeys, deliverOwedKeys, keyDeliveries } from '../src/jobs/key-delivery.ts';
import { oweReseal, planReseal, resealEverywhere } from '../src/jobs/reseal.ts';
import { drillInstance, drillMasterPassword } from './support/drill-instance.ts';
import { failure } from './support/failures.ts';
import { stock } from './support/stock-age.ts';
import { needs } from './support/tools.ts';

const passwords = [drillMasterPassword, 'velvet 91 acorn bishop tundra lemon', 'quartz lemon tundra 4 violin osprey'];
const [first, second, third] = passwords.map((text) => new SecretString(text)) as [
  SecretString,
  SecretString,
  SecretString,
];

/** An instance with kits and a repository at `local` and `far`. */
async function twoPlaces(context: TestContext) {
  const instance = await drillInstance(context);
  const { app, folder, place: near, clock } = instance;
  const far = join(folder, 'far');
  const added = addDestination(
    app.store,
    app.instanceKey,
    { name: 'far', kind: 'folder', config: { path: far } },
    clock,
  );
  await prepareDestination(app, added);
  for (const name of ['secrets', 'system'])
    saveJob(app.store, { ...findJob(app.store, name), destinations: ['local', 'far'] });
  const states = (): string[] => keyDeliveries(app.store).map(({ destination, state }) => `${destination} ${state}`);
  assert.deepEqual(states(), ['far none', 'local none'], 'nothing was brought anywhere');
  await instance.backUp('secrets', 'system');
  assert.deepEqual(states(), ['far current', 'local current'], 'the first run brought it');
  const room = { ...app, workFactor: 10, actor: { user: 'root', method: 'CLI' } };
  const away = join(folder, 'away');
  return {
    ...instance,
    room,
    near,
    far,
    leave: () => renameSync(far, away),
    /** The far place is there again, and the service has noticed. */
    async comeBack() {
      renameSync(away, far);
      await probeDestination(app, findDestination(app.store, 'far'));
    },
    states,
  };
}

/** SHA-256 of everything that is payload: what a change of keys must not write again. */
function payloadOf(place: string): Map<string, string> {
  const files = globSync(['secrets/*/secrets.kdbx', 'secrets/*/records.digests', 'system/**/*'], { cwd: place });
  const data = files.filter((file) => !/^system\/(locks|keys)/.test(file) && !existsSync(join(place, file, '.')));
  return new Map(
    data.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(place, file)))
        .digest('hex'),
    ]),
  );
}

function kitFolder(place: string): string {
  return join(place, 'secrets', readdirSync(join(place, 'secrets'))[0] ?? '');
}

/** The old kit opens, and so does the old repository password, with the current set at this place. */
async function opens(place: string, opener: KitOpener): Promise<void> {
  const kit = await openKit(folderFiles(kitFolder(place)), opener);
  assert.equal(kit.secrets.find(({ record }) => record.title === 'web-01')?.record.password.reveal(), 'pw of web-01');
  const identity =
    'identity' in opener
      ? opener.identity
      : (await unwrapByPassword(readFileSync(join(place, 'recovery-key.age')), opener.masterPassword)).identity;
  const sealed = readFileSync(join(place, 'system.password.age'));
  assert.ok((await openRepositoryPassword('system.password.age', sealed, identity)).length > 40);
}

test(
  'a custodian, the threshold, the master password and recipients change while a place is away: it catches up by itself',
  needs('age'),
  async (context) => {
    const site = await twoPlaces(context);
    const { app, room, near, far } = site;
    const before = [payloadOf(near), payloadOf(far)];
    const custodians = openCustodians(app.store, app.clock);
    const [ana, bruno, carla, davi] = ['Ana', 'Bruno', 'Carla', 'Davi'].map((name) => custodians.add({ name }));
    assert.ok(ana && bruno && carla && davi);
    const split = async (people: (typeof ana)[], threshold: number): Promise<Share[]> => {
      const shares: Share[] = [];
      await splitAnew(room, async () => ({ masterPassword: first }), {
        receivers: people.map((custodian) => ({ custodian, delivery: 'in-person' })),
        threshold,
        async inPerson(all) {
          for (const { share } of all) shares.push({ ...share, value: Uint8Array.from(share.value) });
          return 'printed';
        },
      });
      return shares;
    };
    const old = await split([ana, bruno, carla], 2);
    await deliverKeys(app);
    assert.deepEqual(site.states(), ['far current', 'local current']);

    site.leave();
    // Bruno is replaced, and three are needed from now on.
    const next = await split([ana, carla, davi], 3);
    await changeMasterPassword(room, { masterPassword: first }, second);
    // An age key and an SSH key are added; the age key is taken away again.
    const keys = join(site.folder, 'keys');
    await stock(site.folder, 'ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', keys);
    const ssh = readFileSync(`${keys}.pub`, 'utf8').trim();
    const identity = parseIdentityFile(await stock(site.folder, 'age-keygen')).identity;
    const both = [ssh, identity.recipient].map((recipient) => ({ recipient, title: '' }));
    await changeRecipients(room, { masterPassword: second }, both);
    await changeRecipients(room, { masterPassword: second }, both.slice(0, 1));
    await deliverKeys(app);
    assert.deepEqual(site.states(), ['far behind', 'local current']);
    assert.equal(keyDeliveries(app.store)[0]?.failure?.code.startsWith('backend.'), true);
    await deliverOwedKeys(app, {});
    assert.deepEqual(site.states(), ['far behind', 'local current']);

    await site.comeBack();
    await deliverOwedKeys(app, {});
    assert.deepEqual(site.states(), ['far current', 'local current']);
    assert.deepEqual([payloadOf(near), payloadOf(far)], before, 'no payload was written again');
    const joined = async (shares: Share[]) => ({
      identity: identityFromSecretBytes(Buffer.from(await combineShares(shares))),
    });
    for (const place of [near, far]) {
      await opens(place, { masterPassword: second });
      await opens(place, await joined(next));
      // With the SSH key and stock age: the recovery key, then the kit's key file.
      const wrapped = join(place, 'recovery-key.recipients.age');
      await writeFile(join(site.folder, 'key.txt'), await stock(site.folder, 'age', '-d', '-i', keys, wrapped));
      const keyx = join(kitFolder(place), 'secrets.keyx.age');
      assert.match((await stock(site.folder, 'age', '-d', '-i', 'key.txt', keyx)).toString(), /<KeyFile>/);
      await assert.rejects(openKit(folderFiles(kitFolder(place)), { identity }), failure('breakglass.wrong-key'));
    }
    await assert.rejects(joined(next.slice(0, 2)), failure('breakglass.too-few-shares'));
    // The old papers are told apart; that they still open the key is what a new ceremony is for.
    assert.deepEqual(
      old.map((share) => custodians.check(share).state),
      ['retired', 'retired', 'retired'],
    );
    await opens(near, await joined(old.slice(1)));
  },
);

test('a compromised key: kits are sealed to the new one, repositories get new passwords, and a place that was away follows with the people', async (context) => {
  const site = await twoPlaces(context);
  const { app, room, near, far } = site;
  const before = [payloadOf(near), payloadOf(far)];
  // What an attacker has from before: the old wrapped key, its password, and the sealed repository password.
  const stolen = await unwrapByPassword(readFileSync(join(near, 'recovery-key.age')), first);
  const stolenPassword = await openRepositoryPassword(
    's',
    readFileSync(join(near, 'system.password.age')),
    stolen.identity,
  );
  assert.deepEqual(
    (await planReseal(app, { keyId: 'none' })).map(({ destination, kits, repositories }) => [
      destination,
      kits.length,
      repositories,
    ]),
    [
      ['far', 1, ['system']],
      ['local', 1, ['system']],
    ],
  );
  site.leave();
  await holdCeremony(room, {
    masterPassword: third,
    previous: { masterPassword: first },
    isPreviousCompromised: true,
    async whileOpen(identities) {
      oweReseal(app);
      await resealEverywhere(app, identities);
    },
  });
  const waiting = (): string[] =>
    keyDeliveries(app.store).flatMap(({ destination, awaitsReseal }) => (awaitsReseal ? [destination] : []));
  assert.deepEqual(waiting(), ['far']);
  await opens(near, { masterPassword: third });

  await site.comeBack();
  const results = await withEveryIdentity(app.store, { masterPassword: third }, (all) => resealEverywhere(app, all));
  assert.deepEqual(
    results.map(({ destination, kits, repositories, left }) => [destination, kits.length, repositories, left]),
    [['far', 1, ['system'], []]],
  );
  assert.deepEqual(waiting(), []);
  assert.deepEqual([payloadOf(near), payloadOf(far)], before, 'no payload was written again');
  for (const [index, place] of [near, far].entries()) {
    await opens(place, { masterPassword: third });
    const kit = folderFiles(kitFolder(place));
    await assert.rejects(openKit(kit, { masterPassword: first }), failure('breakglass.wrong-password'));
    await assert.rejects(openKit(kit, { identity: stolen.identity }), failure('breakglass.wrong-key'));
    const backend = await openDestination(app, findDestination(app.store, index === 0 ? 'local' : 'far'));
    await assert.rejects(
      Repository.open(prefixedBackend(backend, 'system'), stolenPassword),
      failure('repository.wrong-password'),
    );
    // The proof of the run that made the kit goes on with the new manifest.
    assert.equal((await renewProof(backend, readdirSync(join(place, 'secrets'))[0] ?? '')).depth, 'intact');
    await backend.close();
  }
  await site.backUp('secrets', 'system');
});
