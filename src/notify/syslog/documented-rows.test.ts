// Row by row, what the documented system reported: our event, its number and severity, and the CEF keys old rules match on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventId, type OrbitEvent, cefSeverity, eventKind, orbitEvent } from '../../base/event.ts';
import type { Severity } from '../../base/events/event-kind.ts';
import { type FactName, eventFacts } from '../../base/events/facts.ts';
import { type ReportNumber, cefKey, cefMessage, cefText } from './cef.ts';
import { syslogHeader } from './rfc5424.ts';

const at = new Date('2026-11-23T05:00:07.250Z');
const sender = { hostName: 'vault1', processId: 4711, facility: 1, appName: 'orbit', address: '192.0.2.7' };
const orbit = { vendor: 'Orbit', product: 'Orbit', version: '1.2.3' };
// What is told of every try to open the recovery key.
const opening = [
  'partsNeeded',
  'partsSent',
  'suid',
  'sname',
  'suser',
  'spriv',
  'src',
  'originIP',
  'act',
  'requestMethod',
  'dvc',
];
const guardian = ['dproc=master_key_guardian'];

interface Row {
  rows: string;
  id: EventId;
  number: string;
  severity: Severity;
  /** The documented severity, where ours is another on purpose. */
  was?: Severity;
  report?: ReportNumber;
  /** Pairs with a fixed value. */
  fixed?: string[];
  /** Keys that carry a fact. */
  keys?: string[];
}

const documented: Row[] = [
  {
    rows: 'F167 F168 F172',
    id: 'destination.lost',
    severity: 'alert',
    number: '9203',
    report: '336.501',
    keys: ['dhost', 'reason'],
  },
  {
    rows: 'F173 F181 F191',
    id: 'backup.failed',
    severity: 'error',
    number: '19',
    report: '336.501',
    fixed: ['suid=15'],
    keys: ['sname', 'dhost', 'reason'],
  },
  {
    rows: 'F181 F191',
    id: 'backup.performed',
    severity: 'notice',
    number: '18',
    fixed: ['suid=15'],
    keys: ['sname', 'dhost'],
  },
  { rows: 'F174 F184', id: 'disk.over-70', severity: 'warning', number: '27', report: '336.500', keys: ['filePath'] },
  { rows: 'F174 F184', id: 'disk.over-80', severity: 'error', number: '28', report: '336.500', keys: ['filePath'] },
  { rows: 'F174 F184', id: 'disk.over-90', severity: 'alert', number: '29', report: '336.501', keys: ['filePath'] },
  { rows: 'F184', id: 'disk.report', severity: 'info', number: '30', keys: ['filePath'] },
  { rows: 'F175', id: 'instance-key.missing', severity: 'alert', number: '9509', report: '336.501', keys: ['reason'] },
  { rows: 'F176', id: 'channel.failing', severity: 'error', number: '9601', report: '336.501', keys: ['reason'] },
  {
    rows: 'F182 F192',
    id: 'ceremony.started',
    severity: 'alert',
    number: '92',
    fixed: ['ServiceName=Backup'],
    keys: ['suid', 'sname', 'suser', 'spriv', 'Method', 'act'],
  },
  {
    rows: 'F182 F192',
    id: 'custodian.share-viewed',
    severity: 'alert',
    number: '93',
    fixed: ['ServiceName=Backup'],
    keys: ['suid', 'sname', 'suser', 'Method', 'act'],
  },
  {
    rows: 'F182 F192',
    id: 'custodian.share-downloaded',
    severity: 'alert',
    number: '94',
    fixed: ['ServiceName=Backup'],
    keys: ['suid', 'sname', 'suser', 'Method', 'act'],
  },
  {
    rows: 'F182 F192',
    id: 'ceremony.completed',
    severity: 'alert',
    number: '95',
    fixed: ['ServiceName=Backup'],
    keys: ['suid', 'sname', 'suser', 'spriv', 'Method', 'act'],
  },
  {
    rows: 'F179 F182 F192',
    id: 'recovery.failed',
    severity: 'error',
    number: '102',
    fixed: guardian,
    keys: opening,
  },
  {
    rows: 'F179 F182 F192',
    id: 'recovery.succeeded',
    severity: 'notice',
    was: 'error',
    number: '103',
    fixed: guardian,
    keys: opening,
  },
  {
    rows: 'F182',
    id: 'custodian.inactive',
    severity: 'alert',
    number: '9402',
    report: '336.501',
    fixed: guardian,
    keys: ['suid', 'sname', 'suser', 'spriv', 'act', 'dvc'],
  },
  { rows: 'F183', id: 'task.created', severity: 'info', was: 'alert', number: '336.001', keys: ['task'] },
  { rows: 'F183', id: 'task.succeeded', severity: 'info', was: 'alert', number: '336.002', keys: ['task'] },
  { rows: 'F183', id: 'task.failed', severity: 'error', was: 'alert', number: '336.003', keys: ['task', 'reason'] },
  { rows: 'F183', id: 'audit.logged', severity: 'info', was: 'alert', number: '336.004', keys: ['act'] },
  {
    rows: 'F111',
    id: 'recording.changed',
    severity: 'warning',
    was: 'notice',
    number: '34',
    keys: ['cs2', 'cs3', 'cs4', 'cs5', 'filePath'],
  },
  { rows: 'section 4.3', id: 'sign-in.succeeded', severity: 'notice', number: '1695.001', keys: ['suser', 'src'] },
  { rows: 'section 4.3', id: 'sign-in.ended', severity: 'notice', number: '1695.002', keys: ['suser', 'src'] },
  { rows: 'section 4.3', id: 'sign-in.expired', severity: 'notice', number: '1695.003', keys: ['suser', 'src'] },
];

// Every fact the event may have, with a value of its type. The job and a person's full name share a key: one is there.
function eventOf(id: EventId): OrbitEvent {
  const { facts, optional = [] } = eventKind(id) as { facts: readonly FactName[]; optional?: readonly FactName[] };
  const entries = [...facts, ...optional].map((name) => {
    const { type } = eventFacts[name];
    return [name, type === 'text' ? 'x' : type === 'time' ? at.toISOString() : type === 'yes-no' ? true : 5] as const;
  });
  return orbitEvent(id, Object.fromEntries(entries) as never, at);
}

for (const { rows, id, number, severity, was, report, fixed = [], keys = [] } of documented) {
  const told = was === undefined ? 'the documented severity' : `${severity} where ${was} was wrong`;
  test(`${rows}: ${id} is ${number} in CEF, ${told}, with the documented keys`, () => {
    const event = eventOf(id);
    const text = cefText({ id: 'm1', event }, sender, orbit);
    assert.ok(text.startsWith(`CEF:0|Orbit|Orbit|1.2.3|${number}|`), text);
    assert.equal(event.severity, severity);
    assert.notEqual(severity, was);
    assert.ok(text.includes(`|${cefSeverity(severity)}|`), text);
    for (const pair of [`spid=${sender.processId}`, ...fixed])
      assert.ok(text.includes(` ${pair}`), `${pair} in ${text}`);
    for (const key of [...keys, 'msg']) assert.match(text, new RegExp(` ${key}=\\S`), `${key} in ${text}`);
    assert.equal(eventKind(id).reportedAs, report);
    if (report === undefined) return;
    // The documented system reports every alert and incident as alert (1), whatever it is about.
    const copy = cefMessage({ id: 'm1', event }, sender, orbit, report);
    assert.match(copy, new RegExp(`^<9>1 .*\\|${report}\\|[^|]+\\|9\\|.* act=Incident`));
  });
}

test('F193: facility 1, and the priority follows the severity', () => {
  const header = (id: EventId): string => syslogHeader({ id: 'm1', event: eventOf(id) }, sender);
  assert.match(header('backup.performed'), /^<13>1 /);
  assert.match(header('destination.lost'), /^<9>1 /);
  assert.match(header('backup.failed'), /^<11>1 /);
  assert.equal(cefKey('host'), 'dhost');
});
