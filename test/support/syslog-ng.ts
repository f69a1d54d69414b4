// A real syslog-ng under a test's folder: receives by RFC 5424 over UDP, TCP and TLS, and writes what it understood as JSON.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestCertificates } from './certificates.ts';
import { freePort } from './ports.ts';
import { type SyslogDaemon, syslogDaemon } from './syslog-daemon.ts';

/** A message as syslog-ng understood it. */
export interface ReceivedSyslog {
  /** `s_udp`, `s_tcp`, `s_newline` or `s_tls`: the port it came in by. */
  TRANSPORT: string;
  PRI: string;
  ISODATE: string;
  HOST: string;
  PROGRAM: string;
  PID: string;
  MSGID: string;
  MESSAGE: string;
  SDATA: string;
}

/** A running syslog-ng. */
export interface SyslogServer extends SyslogDaemon<ReceivedSyslog> {
  ports: { udp: number; tcp: number; newline: number; tls: number };
}

/** Prepares a syslog-ng in this folder; `start` starts it. */
export async function syslogServer(folder: string, certificates: TestCertificates): Promise<SyslogServer> {
  const ports = { udp: await freePort(), tcp: await freePort(), newline: await freePort(), tls: await freePort() };
  const file = (name: string): string => join(folder, name);
  const common = (port: number): string => `ip("127.0.0.1") port(${port}) log-msg-size(262144)`;
  const fields = ['PRI', 'ISODATE', 'HOST', 'PROGRAM', 'PID', 'MSGID', 'MESSAGE', 'SDATA'];
  const template = `$(format-json --leave-initial-dot TRANSPORT="$SOURCE" ${fields.map((name) => `${name}="$${name}"`).join(' ')})`;
  const tls = `key-file("${certificates.keyFile}") cert-file("${certificates.certificateFile}") peer-verify(optional-untrusted)`;
  const lines = [
    '@version: 3.38',
    'options { keep-hostname(yes); use-dns(no); dns-cache(no); };',
    `source s_udp { syslog(transport("udp") ${common(ports.udp)}); };`,
    `source s_tcp { syslog(transport("tcp") ${common(ports.tcp)}); };`,
    `source s_newline { network(transport("tcp") flags(syslog-protocol) ${common(ports.newline)}); };`,
    `source s_tls { syslog(transport("tls") ${common(ports.tls)} tls(${tls})); };`,
    `destination d { file("${file('received')}" template("${template.replaceAll('"', '\\"')}\\n") flush-lines(1)); };`,
    'log { source(s_udp); source(s_tcp); source(s_newline); source(s_tls); destination(d); };',
  ];
  await writeFile(file('syslog-ng.conf'), `${lines.join('\n')}\n`);
  const args = ['-F', '--no-caps', '-f', file('syslog-ng.conf'), '--persist-file', file('persist')];
  const daemon = { program: 'syslog-ng', args: [...args, '--pidfile', file('pid'), '--control', file('control')] };
  return { ports, ...syslogDaemon<ReceivedSyslog>(daemon, ports.tls, file('received')) };
}
