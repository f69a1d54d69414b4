// What monitors see: metrics that Prometheus' own tool accepts, alert rules that fire, the documented state codes.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { addApiToken } from '../src/accounts/api-token.ts';
import { writeMetrics } from '../src/api/metrics-file.ts';
import { metricsText } from '../src/api/metrics.ts';
import { allowList } from '../src/api/state.ts';
import { findDestination } from '../src/destinations/destination.ts';
import { lookAt } from '../src/jobs/destination-watch.ts';
import { findJob, saveJob } from '../src/jobs/job.ts';
import { beginMaintenance } from '../src/jobs/maintenance.ts';
import { runJob } from '../src/jobs/runner.ts';
import { consoleSite, makeReady } from './support/console.ts';
import { failure } from './support/failures.ts';
import { needs } from './support/tools.ts';

const rules = new URL('../deploy/prometheus-rules.yml', import.meta.url).pathname;
const dashboard = new URL('../deploy/grafana-dashboard.json', import.meta.url);

test(
  'metrics tell copies, destinations, runs and channels to whoever has a token, and promtool accepts them',
  needs('promtool'),
  async (context) => {
    const site = await consoleSite(context);
    await makeReady(site);
    const { app, server } = site;
    app.notifier.channels.add({
      name: 'a "quoted" hook'.replaceAll('"', '_'),
      kind: 'webhook',
      config: { url: 'http://127.0.0.1:9/', signingSecret: 'a secret that is long enough' },
    });
    for (const name of ['secrets', 'system']) await runJob(app, findJob(app.store, name), { startedBy: 'person' });
    await lookAt(app, findDestination(app.store, 'local'));
    const headers = { host: '127.0.0.1:7420' };
    assert.equal((await server.inject({ url: '/metrics', headers })).statusCode, 401);
    const { token } = addApiToken(app, { name: 'prometheus', scopes: ['metrics:read'], createdBy: 'test' });
    const answer = await server.inject({
      url: '/metrics',
      headers: { ...headers, authorization: `Bearer ${token.reveal()}` },
    });
    assert.equal(answer.statusCode, 200);
    assert.match(String(answer.headers['content-type']), /^text\/plain; version=0\.0\.4/);
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: answer.body, encoding: 'utf8' });
    assert.equal(checked.status, 0, checked.stderr);
    assert.match(answer.body, /^orbit_recoverable 0\.75$/m);
    assert.match(answer.body, /^orbit_runs_total\{job="system",kind="system",outcome="succeeded"\} 1$/m);
    assert.match(answer.body, /^orbit_destination_up\{destination="local"\} 1$/m);
    const good = /^orbit_backup_last_good_timestamp_seconds\{job="system",.*\} (.*)$/m.exec(answer.body)?.[1];
    assert.ok(Math.abs(Date.now() / 1000 - Number(good)) < 600);

    const file = join(site.folder, 'orbit.prom');
    await writeMetrics(app, file);
    assert.equal(await readFile(file, 'utf8'), metricsText(app));
    await assert.rejects(writeMetrics(app, join(file, 'orbit.prom')), failure('api.metrics-file'));

    // Every metric that rules and dashboard ask for is one that is told.
    const told = new Set([...answer.body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    told.add('orbit_drill_last_passed_timestamp_seconds');
    const asked = `${readFileSync(rules, 'utf8')}${readFileSync(dashboard, 'utf8')}`.matchAll(/\borbit_[a-z_]+/g);
    for (const [name] of asked) assert.ok(told.has(name), name);
  },
);

test('the alert rules are understood by promtool, and fire when they should', needs('promtool'), async (context) => {
  const { folder } = await consoleSite(context);
  execFileSync('promtool', ['check', 'rules', rules], { stdio: 'pipe' });
  const labels = '{job="system",kind="system",destination="nas"}';
  const story = {
    rule_files: [rules],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: [
          { series: `orbit_backup_last_good_timestamp_seconds${labels}`, values: '0x200' },
          { series: `orbit_backup_objective_seconds${labels}`, values: '3600x200' },
          { series: 'orbit_destination_up{destination="nas"}', values: '1x30 0x170' },
          { series: 'orbit_info', values: '1x200' },
        ],
        alert_rule_test: [
          { eval_time: '50m', alertname: 'OrbitBackupTooOld', exp_alerts: [] },
          { eval_time: '30m', alertname: 'OrbitDestinationLost', exp_alerts: [] },
          {
            eval_time: '40m',
            alertname: 'OrbitDestinationLost',
            exp_alerts: [
              {
                exp_labels: { severity: 'critical', destination: 'nas' },
                exp_annotations: { summary: 'The destination nas is lost' },
              },
            ],
          },
          {
            eval_time: '80m',
            alertname: 'OrbitBackupTooOld',
            exp_alerts: [
              {
                exp_labels: { severity: 'critical', job: 'system', kind: 'system', destination: 'nas' },
                exp_annotations: {
                  summary: 'No good system backup at nas in time',
                  description: 'The newest good copy is 1h 20m 0s old.',
                },
              },
            ],
          },
        ],
      },
      {
        interval: '1m',
        input_series: [{ series: 'something_else', values: '1x30' }],
        alert_rule_test: [
          {
            eval_time: '15m',
            alertname: 'OrbitSilent',
            exp_alerts: [
              {
                exp_labels: { severity: 'critical' },
                exp_annotations: {
                  summary: 'Orbit tells nothing',
                  description:
                    'No metrics of Orbit for ten minutes. Is the service running? Nobody watches the backups.',
                },
              },
            ],
          },
        ],
      },
    ],
  };
  // JSON is YAML.
  await writeFile(join(folder, 'story.yml'), JSON.stringify(story));
  const tested = spawnSync('promtool', ['test', 'rules', join(folder, 'story.yml')], { encoding: 'utf8' });
  assert.equal(tested.status, 0, `${tested.stdout}${tested.stderr}`);
});

test('the documented state: 503 without a backup, 203 while something is missing, 403 in maintenance, only to listed addresses', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  const state = async (path = '/state', remoteAddress = '127.0.0.1') =>
    (await site.server.inject({ url: path, remoteAddress, headers: { host: 'orbit.example' } })).statusCode;
  assert.equal(await state(), 503);
  for (const name of ['secrets', 'system'])
    await runJob(site.app, findJob(site.app.store, name), { startedBy: 'person' });
  saveJob(site.app.store, { ...findJob(site.app.store, 'recordings'), enabled: false });
  await lookAt(site.app, findDestination(site.app.store, 'local'));
  assert.equal(await state('/flow/orbit/mntr'), 203, 'the only copy lies on this machine');
  assert.equal(await state('/state', '192.0.2.7'), 403);
  const until = new Date(Date.now() + 3_600_000);
  beginMaintenance(site.app, { by: 'ana', reason: 'a move', until });
  assert.equal(await state(), 403);
  const isAllowed = allowList(['10.1.0.0/16', '192.0.2.7', 'fd00::/8']);
  for (const address of ['127.0.0.1', '::1', '10.1.2.3', '192.0.2.7', '::ffff:10.1.2.3', 'fd00::1'])
    assert.ok(isAllowed(address), address);
  for (const address of ['10.2.0.1', '192.0.2.8', '::2', '2001:db8::1', '']) assert.ok(!isAllowed(address), address);
  for (const text of ['x', '10.0.0.0/33', '10.0.0.0/x', ''])
    assert.throws(() => allowList([text]), failure('api.bad-address'));
});
