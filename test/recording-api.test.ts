// Recordings over the API: who may do what, the reason first, bytes by range straight from the repository.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role } from '../src/accounts/role.ts';
import { fixtureBytes } from './support/recording-source.ts';
import { listRecordingIds, recordingsSite } from './support/recordings.ts';

interface Answer {
  status: number;
  json: Record<string, unknown>;
  body: Buffer;
  headers: Record<string, unknown>;
}

test('recordings over the API', async (t) => {
  const site = await recordingsSite(t);
  site.put('v2.cast', 'db01.cast');
  site.put('screen.mp4', 'desk.mp4');
  await site.run();
  const [cast, video] = [listRecordingIds(site, 'db01.cast')[0] ?? '', listRecordingIds(site, 'desk.mp4')[0] ?? ''];
  const ask = async (
    role: Role,
    method: 'GET' | 'POST',
    path: string,
    { payload, headers = {} }: { payload?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const response = await site.server.inject({
      method,
      url: `/api/v1${path}`,
      headers: {
        cookie: await site.cookieOf(role),
        host: '127.0.0.1:7420',
        'sec-fetch-site': 'same-origin',
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    });
    const isJson = String(response.headers['content-type']).includes('json');
    const json = isJson ? (JSON.parse(response.body) as Record<string, unknown>) : {};
    return { status: response.statusCode, json, body: response.rawPayload, headers: response.headers };
  };
  const begin = async (role: Role, id: string, how = 'play'): Promise<Answer> =>
    ask(role, 'POST', `/recordings/${id}/viewings`, { payload: { reason: 'case 1234', how } });

  await t.test(
    'everybody finds, auditors watch, administrators also export and hold; operators only find',
    async () => {
      const rights: [Role, ...number[]][] = [
        // find, watch, export, hold
        ['administrator', 200, 200, 200, 200],
        ['operator', 200, 403, 403, 403],
        ['auditor', 200, 200, 403, 403],
      ];
      for (const [role, ...expected] of rights) {
        const found = [
          await ask(role, 'GET', '/recordings?content=systemctl'),
          await begin(role, cast),
          await begin(role, cast, 'export'),
          await ask(role, 'POST', `/recordings/${cast}/hold`, { payload: { reason: 'case 9' } }),
        ];
        assert.deepEqual(
          found.map(({ status }) => status),
          expected,
          role,
        );
      }
      assert.equal(
        (await ask('administrator', 'POST', `/recordings/${cast}/release`, { payload: { reason: 'over' } })).status,
        200,
      );
    },
  );

  await t.test('without a reason nothing begins, and a viewing is of one person only', async () => {
    const none = await ask('auditor', 'POST', `/recordings/${cast}/viewings`, { payload: { reason: ' ' } });
    assert.deepEqual([none.status, none.json['code']], [422, 'recordings.no-reason']);
    const viewing = String((await begin('auditor', cast)).json['viewing']);
    const other = await ask('administrator', 'GET', `/recordings/viewings/${viewing}/events`);
    assert.deepEqual([other.status, other.json['code']], [403, 'recordings.no-viewing']);
    const events = await ask('auditor', 'GET', `/recordings/viewings/${viewing}/events`);
    assert.match(events.body.toString(), /^\{"version":2.*\n\[0\.010385,"o"/);
    const { viewings } = (await ask('auditor', 'GET', `/recordings/${cast}`)).json as {
      viewings: { reason: string }[];
    };
    assert.equal(viewings[0]?.reason, 'case 1234');
  });

  await t.test('a video comes by range, only what is asked for', async () => {
    const bytes = fixtureBytes('screen.mp4');
    const viewing = String((await begin('auditor', video)).json['viewing']);
    const get = (range?: string): Promise<Answer> =>
      ask(
        'auditor',
        'GET',
        `/recordings/viewings/${viewing}/content`,
        range === undefined ? {} : { headers: { range } },
      );
    const whole = await get();
    assert.deepEqual([whole.status, whole.headers['content-type']], [200, 'video/mp4']);
    assert.ok(whole.body.equals(bytes));
    for (const [range, from, to] of [
      ['bytes=0-99', 0, 100],
      ['bytes=5000-', 5000, bytes.length],
      ['bytes=-10', bytes.length - 10, bytes.length],
      [`bytes=${bytes.length - 1}-${bytes.length + 50}`, bytes.length - 1, bytes.length],
    ] as const) {
      const part = await get(range);
      assert.equal(part.status, 206, range);
      assert.equal(part.headers['content-range'], `bytes ${from}-${to - 1}/${bytes.length}`);
      assert.ok(part.body.equals(bytes.subarray(from, to)), range);
    }
    assert.equal((await get(`bytes=${bytes.length}-`)).status, 416);
    for (const odd of ['bytes=0-1,5-6', 'bytes=x', 'lines=1-2', 'bytes=9-3'])
      assert.equal((await get(odd)).status, 200, odd);
    const text = await ask('auditor', 'GET', `/recordings/viewings/${viewing}/events`);
    assert.deepEqual([text.status, text.json['code']], [422, 'recordings.no-text']);
  });
  assert.deepEqual(site.bugs, []);
});
