import assert from 'node:assert/strict';
import { test } from 'node:test';
import { note } from '../../../base/note.ts';
import { beginTogether, type MomentServer } from './shared-moment.ts';

function noted(story: string[], name: string, more: Partial<MomentServer> = {}): MomentServer {
  return {
    heldBy: 'commits',
    hold: async () => void story.push(`hold ${name}`),
    begin: async () => void story.push(`begin ${name}`),
    release: async () => void story.push(`release ${name}`),
    ...more,
  };
}

test('all servers but one are held while all begin; the one whose holding costs most is not', async () => {
  const story: string[] = [];
  const servers = [noted(story, 'dear', { heldBy: 'writes' }), noted(story, 'cheap'), noted(story, 'other')];
  const { why, heldMs, spanMs } = await beginTogether(servers);
  assert.equal(why, undefined);
  assert.ok(heldMs >= 0 && spanMs >= 0);
  assert.deepEqual(story.slice(0, 2), ['hold cheap', 'hold other']);
  assert.deepEqual(story.slice(2, 5).sort(), ['begin cheap', 'begin dear', 'begin other']);
  assert.deepEqual(story.slice(5), ['release cheap', 'release other']);
});

test('one server alone is held by nobody', async () => {
  const story: string[] = [];
  await beginTogether([noted(story, 'alone')]);
  assert.deepEqual(story, ['begin alone']);
});

test('where one cannot be held nobody waits any longer, all begin, and it is told why', async () => {
  const story: string[] = [];
  const busy = note('profiles.mariadb-not-held', { reason: 'it is busy' });
  const servers = [noted(story, 'first'), noted(story, 'second', { hold: async () => busy }), noted(story, 'third')];
  assert.equal((await beginTogether(servers)).why, busy);
  assert.deepEqual(story.slice(0, 3), ['hold first', 'release first', 'release second']);
  assert.deepEqual(story.slice(3).sort(), ['begin first', 'begin second', 'begin third']);
});

test('whoever waits is let go at the deadline, however long one takes to begin', async () => {
  const story: string[] = [];
  let letGo = (): void => {};
  const released = new Promise<void>((resolve) => (letGo = resolve));
  const servers = [
    noted(story, 'held', { release: async () => letGo() }),
    // It can begin only when the other one is free again.
    noted(story, 'slow', { heldBy: 'writes', begin: () => released }),
  ];
  const late = note('profiles.moment-late', { limitMs: 20 });
  assert.deepEqual((await beginTogether(servers, { heldMsMax: 20 })).why, late);
});

test('one that cannot begin fails the run, and nobody waits any more', async () => {
  const story: string[] = [];
  const begin = async (): Promise<void> => assert.fail('no server');
  const servers = [noted(story, 'held'), noted(story, 'gone', { heldBy: 'writes', begin })];
  await assert.rejects(beginTogether(servers), /no server/);
  assert.deepEqual(story, ['hold held', 'begin held', 'release held']);
});
