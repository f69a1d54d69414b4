import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixedClock } from '../base/clock.ts';
import { Challenges } from './challenges.ts';

test('a challenge is used once, and whoever asks without end pushes out their own', () => {
  const clock = fixedClock(new Date('2026-11-28T05:00:00Z'));
  const challenges = new Challenges<string>(clock);
  const ours = challenges.issue('ours', '10.0.0.1');
  const first = challenges.issue('first', '10.0.0.66');
  for (let count = 0; count < 2000; count++) challenges.issue('more', '10.0.0.66');
  assert.equal(challenges.take(first), undefined);
  assert.equal(challenges.take(ours), 'ours');
  assert.equal(challenges.take(ours), undefined);
  const late = challenges.issue('late', '10.0.0.1');
  clock.advance(5 * 60_000 + 1);
  assert.equal(challenges.take(late), undefined);
});
