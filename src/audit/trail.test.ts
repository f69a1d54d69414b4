import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { fixedClock } from '../base/clock.ts';
import type { OrbitEvent } from '../base/event.ts';
import { memoryStore } from '../store/store.ts';
import { changesBetween } from './changes.ts';
import { exportedLine } from './entry.ts';
import { openAuditTrail } from './trail.ts';
import { readExported, verifyTrail } from './verify.ts';

function trailOf(entries: number) {
  const store = memoryStore();
  const told: OrbitEvent[] = [];
  const clock = fixedClock(new Date('2026-11-26T05:00:00Z'));
  const trail = openAuditTrail({ store, clock, tell: (event) => told.push(event) });
  for (let number = 1; number <= entries; number++) {
    trail.append({
      actor: 'ana',
      method: 'PUT',
      action: 'PUT /jobs/{name}',
      subject: `job ${number}`,
      outcome: 'done',
    });
    clock.advance(60_000);
  }
  return { store, trail, told };
}

const lines = (text: string) =>
  readExported(
    (async function* () {
      yield* text.split('\n');
    })(),
  );

test('every entry is told with its hash, and an exported trail proves itself without a database', async () => {
  const { trail, told } = trailOf(5);
  assert.equal(told.length, 5);
  assert.equal(told[4]?.id, 'audit.logged');
  assert.equal(told[4]?.facts.auditHead, trail.head());
  const text = [...trail.all()].map(exportedLine).join('');
  const proved = await verifyTrail(lines(text), [String(told[1]?.facts.auditHead)]);
  assert.deepEqual([proved.entries, proved.first, proved.last, proved.head], [5, 1, 5, trail.head()]);
});

test('the first broken link is named: a changed, a removed, a moved and a made-up entry', async () => {
  const text = [...trailOf(6).trail.all()].map(exportedLine);
  const breaks = async (changed: string[], entry: number): Promise<void> => {
    await assert.rejects(verifyTrail(lines(changed.join(''))), failure('audit.broken', new RegExp(`entry ${entry}:`)));
  };
  await breaks(text.with(2, (text[2] ?? '').replace('"ana"', '"eve"')), 3);
  await breaks(text.toSpliced(3, 1), 4);
  await breaks(text.with(1, text[4] ?? ''), 2);
  await breaks(
    [...text.slice(0, 3), ...[...trailOf(6).trail.all()].map(exportedLine).slice(3)].with(
      3,
      (await remade(text[3])) ?? '',
    ),
    5,
  );
  // Each hash made anew, the way somebody would who owns the file: the next link still tells.
  async function remade(line = ''): Promise<string> {
    const { hashOfEntry } = await import('./entry.ts');
    const changed = line.slice(65, -1).replace('"ana"', '"eve"');
    return exportedLine({ text: changed, hash: hashOfEntry(changed) });
  }
});

test('a trail whose end was cut off does not hold the hash that the SIEM received', async () => {
  const { trail, told } = trailOf(6);
  const cut = [...trail.all()].slice(0, 4).map(exportedLine).join('');
  await verifyTrail(lines(cut));
  await assert.rejects(verifyTrail(lines(cut), [String(told[5]?.facts.auditHead)]), failure('audit.head-missing'));
});

test('the database itself refuses to change or remove an entry', () => {
  const { store } = trailOf(2);
  assert.throws(() => store.database.exec(`UPDATE audit_entry SET entry = '{}'`), /append-only/);
  assert.throws(() => store.database.exec('DELETE FROM audit_entry'), /append-only/);
});

test('only what differs is kept, before and after', () => {
  const before = { job: { system: { schedule: '0 5 * * *', enabled: true }, gone: { enabled: true } } };
  const after = { job: { system: { schedule: '0 6 * * *', enabled: true } }, channel: { mail: { kind: 'email' } } };
  assert.deepEqual(changesBetween(before, after), {
    before: { 'job.system': { schedule: '0 5 * * *' }, 'job.gone': { enabled: true } },
    after: { 'job.system': { schedule: '0 6 * * *' }, 'channel.mail': { kind: 'email' } },
  });
  assert.equal(changesBetween(after, structuredClone(after)), undefined);
});

test('what is too long is named by its hash instead', () => {
  const { trail } = trailOf(0);
  trail.append({ actor: 'ana', method: 'PUT', action: 'x', outcome: 'done', after: { list: 'x'.repeat(100_000) } });
  assert.match(JSON.stringify(trail.list({ limit: 1 })[0]?.after), /^\{"tooLong":1000\d\d,"sha256":"[0-9a-f]{64}"\}$/);
});
