// The contract that every kind of secret source passes: what src/sources/secrets/secret-source.ts promises, and what a run
// needs of it so that a part is never taken for the whole.
import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { judgeCompleteness } from '../../src/sources/secrets/completeness.ts';
import { openSecretSource } from '../../src/sources/secrets/kinds.ts';
import type { SecretRecord } from '../../src/sources/secrets/secret-record.ts';
import type { SecretSource } from '../../src/sources/secrets/secret-source.ts';
import { openVault, type Vault } from '../../src/sources/secrets/vault/vault.ts';
import { instanceKeyFrom } from '../../src/store/instance-key.ts';
import { memoryStore } from '../../src/store/store.ts';
import { cutLine } from './cut-line.ts';
import { failure } from './failures.ts';
import { opened } from './secrets.ts';

type Settings = Record<string, unknown>;

/** A place that holds secrets, and what it holds. */
export interface SourceSite {
  settings: Settings;
  /** Every secret: its title, its password, and the passwords it had, the oldest first. */
  secrets: { title: string; password: string; past?: string[] }[];
  /** The built-in vault, for the kind that reads it. */
  vault?: Vault;
  /** Settings with a credential that is wrong, `CANARY` somewhere in it, and the code it is refused with. */
  wrong?: { settings: Settings; code: string };
  /** Where the server is, and the settings that reach it at another port. */
  line?: { port: number; settings(port: number): Settings };
  /** For what is no server: settings of the same content, cut after this part of it. */
  cut?(part: number): Promise<Settings>;
  /** Settings by which the content is larger than what is allowed, and the code. */
  tooLarge?: { settings: Settings; code: string };
  /** Takes the first secret out of the place for good. */
  takeOut(): Promise<unknown> | unknown;
}

/** What was read, and how it ended. */
interface Reading {
  records: SecretRecord[];
  error?: unknown;
}

const cuts = [0, 0.2, 0.4, 0.6, 0.8, 0.95];

/** Runs the contract. `start` makes a place with at least two secrets, one of them with every printable character. */
export function describeSecretSource(
  kind: string,
  requirements: { skip: string | false },
  start: (context: TestContext) => Promise<SourceSite> | SourceSite,
): void {
  describe(`the contract of secret sources, ${kind}`, requirements, () => {
    let site: SourceSite;
    // A place lives for the whole contract: starting some takes longer than all of it.
    const ends: (() => unknown)[] = [];
    before(async () => {
      site = await start({ after: (end: () => unknown) => ends.push(end) } as unknown as TestContext);
    });
    after(async () => {
      for (const end of ends.reverse()) await end();
    });

    const open = async (settings: Settings = site.settings): Promise<SecretSource> => {
      const vault = site.vault ?? openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
      return await openSecretSource(kind, settings, { vault, clock: systemClock });
    };
    // What opening, listing or reading throws is one thing to a run: there is no kit.
    const readAll = async (settings: Settings): Promise<Reading> => {
      const records: SecretRecord[] = [];
      try {
        const source = await open(settings);
        try {
          const census = await source.census();
          for await (const record of source.read()) records.push(record);
          assert.equal(census.ids.length, records.length, 'a census of another length, and no failure');
        } finally {
          await source.close();
        }
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        return { records, error };
      }
      return { records };
    };
    const neverLooksComplete = ({ records, error }: Reading, when: string): void => {
      assert.ok(error !== undefined || records.length === site.secrets.length, `${when}: a part looked complete`);
    };

    test('gives every secret with its value and its past, once, and its census is what it reads', async () => {
      const source = await open();
      const { ids } = await source.census();
      const records = await Array.fromAsync(source.read());
      const { faults } = judgeCompleteness({ census: ids, read: records.map(({ id }) => id) });
      assert.deepEqual(faults, []);
      assert.equal(new Set(ids).size, site.secrets.length);
      const found = records.map(({ title, password, history }) => {
        const past = history.map((version) => version.password.reveal());
        return { title, password: password.reveal(), past };
      });
      const byTitle = (a: { title: string }, b: { title: string }): number => (a.title < b.title ? -1 : 1);
      const expected = site.secrets.map(({ past = [], ...secret }) => ({ ...secret, past }));
      assert.deepEqual(found.sort(byTitle), expected.sort(byTitle));
      const byId = (a: SecretRecord, b: SecretRecord): number => (a.id < b.id ? -1 : 1);
      const again = await Array.fromAsync((await open()).read());
      assert.deepEqual(opened(again.sort(byId)), opened(records.sort(byId)), 'a second reading gives the same');
      await source.close();
    });

    test('stops when it is told to', async () => {
      const source = await open();
      const stop = new AbortController();
      await assert.rejects(async () => {
        for await (const _ of source.read({ signal: stop.signal })) stop.abort(new Error('told to stop'));
      }, /told to stop/);
      await source.close();
    });

    test('refuses a wrong credential, and quotes nothing of it', async (context) => {
      if (site.wrong === undefined) return context.skip('it needs no credential');
      const { error } = await readAll({ ...site.settings, ...site.wrong.settings });
      failure(site.wrong.code)(error);
      const { message, cause } = error as Error;
      assert.doesNotMatch(`${message}${JSON.stringify(error)}${String(cause)}`, /CANARY/);
    });

    test('never looks complete when it dies while it is read', async (context) => {
      const { line, cut } = site;
      if (line !== undefined) {
        const relay = await cutLine(context, line.port);
        const settings = { ...site.settings, ...line.settings(relay.port) };
        relay.cutAfter(Number.POSITIVE_INFINITY);
        const whole = await readAll(settings);
        assert.equal(whole.error, undefined, String(whole.error));
        const bytes = relay.passed();
        let refused = 0;
        for (const part of cuts) {
          relay.cutAfter(Math.floor(bytes * part));
          const reading = await readAll(settings);
          neverLooksComplete(reading, `cut after ${part} of ${bytes} bytes`);
          if (reading.error !== undefined) refused += 1;
        }
        // Some servers must know under which address they are asked.
        line.settings(line.port);
        assert.ok(refused >= cuts.length - 1, 'a cut line went unnoticed');
      } else if (cut !== undefined) {
        for (const part of cuts) {
          const reading = await readAll({ ...site.settings, ...(await cut(part)) });
          assert.ok(reading.error !== undefined, `cut after ${part}: nothing was said`);
        }
      } else context.skip('nothing of it can be cut');
    });

    test('refuses more than it may hold', async (context) => {
      if (site.tooLarge === undefined)
        return context.skip('its limit is that of the HTTP client, or too large for a test');
      const { error } = await readAll({ ...site.settings, ...site.tooLarge.settings });
      failure(site.tooLarge.code)(error);
    });

    test('a secret that is gone since the census is missed', async () => {
      const source = await open();
      const { ids } = await source.census();
      await site.takeOut();
      const records = await Array.fromAsync((await open()).read());
      const { missing } = judgeCompleteness({ census: ids, read: records.map(({ id }) => id) });
      assert.equal(missing.length, 1);
      await source.close();
    });
  });
}
