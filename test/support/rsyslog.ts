// A real rsyslog under a test's folder: receives over UDP, TCP and TLS, and writes what it got, byte for byte and understood.
import { writeFile } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { programPath, rsyslog } from '../../scripts/install-test-tools.ts';
import type { TestCertificates } from './certificates.ts';
import { freePort } from './ports.ts';
import { type SyslogDaemon, syslogDaemon } from './syslog-daemon.ts';

/** A message as rsyslog got it. */
export interface RsyslogMessage {
  /** `udp`, `tcp` or `tls`: the port it came in by. */
  input: string;
  /** Every byte between the frame's bounds. */
  raw: string;
  pri: string;
  host: string;
  app: string;
  procid: string;
  msgid: string;
  data: string;
  msg: string;
}

/** A running rsyslog. */
export interface RsyslogServer extends SyslogDaemon<RsyslogMessage> {
  ports: { udp: number; tcp: number; tls: number };
}

/** Prepares an rsyslog in this folder; `start` starts it. */
export async function rsyslogServer(folder: string, certificates: TestCertificates): Promise<RsyslogServer> {
  const ports = { udp: await freePort(), tcp: await freePort(), tls: await freePort() };
  const file = (name: string): string => join(folder, name);
  const properties: [keyof RsyslogMessage, string][] = [
    ['input', 'inputname'],
    ['raw', 'rawmsg'],
    ['pri', 'pri'],
    ['host', 'hostname'],
    ['app', 'app-name'],
    ['procid', 'procid'],
    ['msgid', 'msgid'],
    ['data', 'structured-data'],
    ['msg', 'msg'],
  ];
  const fields = properties.map(([name, property]) => `property(name="${property}" outname="${name}" format="jsonf")`);
  const { caFile, certificateFile, keyFile } = certificates;
  const tls = `defaultNetstreamDriverCAFile="${caFile}" defaultNetstreamDriverCertFile="${certificateFile}" defaultNetstreamDriverKeyFile="${keyFile}"`;
  const lines = [
    `global(workDirectory="${folder}" maxMessageSize="256k" parser.escapeControlCharactersOnReceive="off" ${tls})`,
    'module(load="imudp")',
    'module(load="imptcp")',
    'module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")',
    `template(name="line" type="list" option.jsonf="on") { ${fields.join(' ')} }`,
    `ruleset(name="keep") { action(type="omfile" file="${file('received')}" template="line") }`,
    `input(type="imudp" address="127.0.0.1" port="${ports.udp}" ruleset="keep" name="udp")`,
    `input(type="imptcp" address="127.0.0.1" port="${ports.tcp}" ruleset="keep" name="tcp")`,
    `input(type="imtcp" port="${ports.tls}" ruleset="keep" name="tls")`,
  ];
  await writeFile(file('rsyslog.conf'), `${lines.join('\n')}\n`);
  const program = programPath('rsyslogd') ?? 'rsyslogd';
  const isBeside = program.startsWith(rsyslog.folder);
  const [libraries] = isBeside ? globSync(join(rsyslog.folder, 'usr/lib/*-linux-gnu')) : [];
  const beside = libraries === undefined ? [] : ['-M', join(libraries, 'rsyslog')];
  const daemon = {
    program,
    args: ['-n', '-f', file('rsyslog.conf'), '-i', file('pid'), ...beside],
    ...(libraries === undefined ? {} : { env: { LD_LIBRARY_PATH: libraries } }),
  };
  return { ports, ...syslogDaemon<RsyslogMessage>(daemon, ports.tls, file('received')) };
}
