import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rooms } from './rooms.ts';

const inRoom = async (room: Uint8Array): Promise<Buffer> => Buffer.from(room.buffer, 0, 3);

test('two that are in use never share memory, and what was given back is used again', async () => {
  const rooms = new Rooms(10);
  const [first, second] = await Promise.all([rooms.fill(inRoom), rooms.fill(inRoom)]);
  assert.notEqual(first.buffer, second.buffer);
  rooms.giveBack(first);
  const third = await rooms.fill(inRoom);
  assert.equal(third.buffer, first.buffer);
  assert.notEqual((await rooms.fill(inRoom)).buffer, second.buffer);
});

test('what is given back twice is lent once', async () => {
  const rooms = new Rooms(10);
  const bytes = await rooms.fill(inRoom);
  rooms.giveBack(bytes);
  rooms.giveBack(bytes);
  assert.notEqual((await rooms.fill(inRoom)).buffer, (await rooms.fill(inRoom)).buffer);
});

test('a room that was not taken, or whose loading failed, is offered again; memory of others is not kept', async () => {
  const rooms = new Rooms(10);
  const offered: unknown[] = [];
  const own = await rooms.fill(async (room) => {
    offered.push(room.buffer);
    return Buffer.from('elsewhere');
  });
  rooms.giveBack(own);
  const failing = rooms.fill((room) => {
    offered.push(room.buffer);
    return Promise.reject(new Error('gone'));
  });
  await assert.rejects(failing, /gone/);
  offered.push((await rooms.fill(inRoom)).buffer);
  assert.equal(new Set(offered).size, 1);
  assert.equal(own.toString(), 'elsewhere');
});
