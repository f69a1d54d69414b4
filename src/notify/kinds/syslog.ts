// Channel kind: syslog to a SIEM, RFC 5424 or CEF, over UDP, TCP or TLS, to one or several servers.
import { z } from 'zod';
import { type EventId, eventKind } from '../../base/event.ts';
import { field } from '../../base/secret-schema.ts';
import type { ChannelKind, ChannelMessage } from '../channel.ts';
import type { Place } from '../connect.ts';
import { cefMessage } from '../syslog/cef.ts';
import { datagram, frame } from '../syslog/framing.ts';
import { type SyslogSender, rfc5424Message } from '../syslog/rfc5424.ts';
import { sendDatagrams, sendStream } from '../syslog/transport.ts';
import { tlsFields } from '../tls.ts';

const serverPattern = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/;

/** Settings of a syslog channel. */
export const syslogConfig = z.object({
  // No secret is sent to them: the key of the client certificate stays here, whatever the server.
  servers: field(
    z.array(z.string().regex(serverPattern, 'host, host:port or [IPv6]:port')).min(1).max(16),
    'Servers',
    'host:port each; every server gets every message and has a queue of its own',
  ),
  transport: field(
    z.enum(['tls', 'tcp', 'udp']).default('tls'),
    'Transport',
    'ports when not given: tls 6514, tcp 601, udp 514',
  ),
  format: field(z.enum(['rfc5424', 'cef']).default('rfc5424'), 'Format'),
  framing: field(
    z.enum(['octet-counting', 'newline']).default('octet-counting'),
    'Framing',
    'tcp only; newline for servers that cannot count octets',
  ),
  facility: field(z.number().int().min(0).max(23).default(1), 'Facility', '1 is user'),
  appName: field(z.string().min(1).max(48).default('orbit'), 'Program name'),
  datagramBytesMax: field(
    z.number().int().min(480).max(65_507).default(2048),
    'Longest datagram',
    'bytes; udp only, longer messages are cut. tcp and tls never cut',
  ),
  vendor: field(z.string().min(1).default('Orbit'), 'CEF vendor', 'what existing rules match on, if they do'),
  product: field(z.string().min(1).default('Orbit'), 'CEF product', 'what existing rules match on, if they do'),
  reportCopies: field(
    z.boolean().default(false),
    'Also report as 336.500 and 336.501',
    'cef only; a second message for rules that wait for the documented alert and incident reports',
  ),
  ...tlsFields,
});

/** Settings of a syslog channel. */
export type SyslogConfig = z.infer<typeof syslogConfig>;

const defaultPorts = { tls: 6514, tcp: 601, udp: 514 };

/** The kind `syslog`. */
export const syslog: ChannelKind<SyslogConfig> = {
  kind: 'syslog',
  title: 'Syslog (SIEM)',
  config: syslogConfig,
  defaultFilter: { minimumSeverity: 'info', also: [], never: [], kinds: [] },
  targets: (config) => [...new Set(config.servers)],
  open(config, context, target) {
    const place = serverOf(target, config);
    const sender: SyslogSender = {
      facility: config.facility,
      hostName: context.hostName,
      appName: config.appName,
      processId: process.pid,
      ...(context.address === undefined ? {} : { address: context.address }),
    };
    const product = { vendor: config.vendor, product: config.product, version: context.version };
    const texts = (message: ChannelMessage): string[] => {
      if (config.format === 'rfc5424') return [rfc5424Message(message, sender)];
      const report = config.reportCopies ? reportOf(message.event.id) : undefined;
      const first = cefMessage(message, sender, product);
      return report === undefined ? [first] : [first, cefMessage(message, sender, product, report)];
    };
    return {
      async send(messages, operation) {
        const all = messages.flatMap(texts);
        if (config.transport === 'udp') {
          const datagrams = all.map((text) => datagram(text, config.datagramBytesMax));
          await sendDatagrams(place, datagrams, operation);
        } else {
          const framing = config.transport === 'tls' ? 'octet-counting' : config.framing;
          const frames = all.map((text) => frame(text, framing));
          await sendStream(place, frames, operation);
        }
        for (const message of messages) operation.report?.({ type: 'delivered', message });
      },
    };
  },
};

function reportOf(id: EventId): '336.500' | '336.501' | undefined {
  return eventKind(id).reportedAs;
}

function serverOf(server: string, config: SyslogConfig): Place {
  const match = serverPattern.exec(server);
  return {
    host: match?.[1] ?? match?.[2] ?? server,
    port: Number(match?.[3] ?? defaultPorts[config.transport]),
    ...(config.transport === 'tls' ? { tls: config } : {}),
  };
}
