// Syslog messages by RFC 5424. Pure.
import { eventKind, severityNumber } from '../../base/event.ts';
import type { Severity } from '../../base/events/event-kind.ts';
import type { ChannelMessage } from '../channel.ts';

/** What a syslog header says of the sender. */
export interface SyslogSender {
  /** 0–23; 1 is "user". RFC 5424 section 6.2.1. */
  facility: number;
  hostName: string;
  appName: string;
  processId: number;
  /** This machine's own IPv4 address, where it has one that others see. */
  address?: string;
}

// 32473 is the enterprise number of RFC 5612, kept for those who have none of their own.
const structuredDataId = 'orbit@32473';

/** The header up to and with MSGID: `<129>1 2026-11-23T05:00:07.250Z vault1 orbit 4711 destination.lost`. */
export function syslogHeader(
  message: ChannelMessage,
  sender: SyslogSender,
  severity: Severity = message.event.severity,
): string {
  const priority = sender.facility * 8 + severityNumber(severity);
  const fields = [
    message.event.at.toISOString(),
    headerField(sender.hostName, 255),
    headerField(sender.appName, 48),
    headerField(String(sender.processId), 128),
    headerField(message.event.id, 32),
  ];
  return `<${priority}>1 ${fields.join(' ')}`;
}

/**
 * The whole message: header, one element of structured data with the event's number, id and facts, and the English
 * sentence. There is no byte-order mark before it: receivers keep it, and then patterns that start with `^` fail.
 */
export function rfc5424Message(message: ChannelMessage, sender: SyslogSender): string {
  const { event } = message;
  const parameters = [
    ['number', eventKind(event.id).number],
    ['messageId', message.id],
    ...Object.entries(event.facts).map(([name, value]) => [name, String(value)]),
  ].map(([name, value]) => `${name}="${escapeParameter(value ?? '')}"`);
  return `${syslogHeader(message, sender)} [${structuredDataId} ${parameters.join(' ')}] ${wellFormed(event.message)}`;
}

/** RFC 5424 section 6.3.3: `"`, `\` and `]` of a parameter's value get a backslash; nothing else does. */
export function escapeParameter(value: string): string {
  return wellFormed(value).replace(/["\\\]]/g, '\\$&');
}

/** Half a surrogate pair has no UTF-8; it becomes U+FFFD. */
export function wellFormed(text: string): string {
  return text.toWellFormed();
}

// RFC 5424 section 6: printable ASCII without spaces; the nil value is a dash.
function headerField(value: string, lengthMax: number): string {
  return value.replace(/[^\x21-\x7e]/g, '_').slice(0, lengthMax) || '-';
}
