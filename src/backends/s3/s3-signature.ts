// AWS Signature Version 4 in the Authorization header (Amazon S3 API Reference, "Authenticating Requests"): every header is signed.
import { type KeyObject, createHmac, createSecretKey, hash } from 'node:crypto';
import type { SecretString } from '../../base/secret-string.ts';

/** Who signs, and for where. */
export interface S3Signatory {
  accessKeyId: string;
  secretAccessKey: SecretString;
  region: string;
}

/** What is signed. */
export interface UnsignedRequest {
  method: string;
  /** Encoded by `encodePath`. */
  path: string;
  /** Encoded by `encodeQuery`. */
  query: string;
  /** Names in small letters; `host` and `x-amz-content-sha256` are among them. */
  headers: Record<string, string>;
}

/** A path as it is signed and sent: its slashes stay. */
export const encodePath = (path: string): string => path.split('/').map(encoded).join('/');

/** Questions as they are signed and sent, in the order of their names. */
export const encodeQuery = (query: Record<string, string>): string =>
  Object.entries(query)
    .map((pair) => pair.map(encoded))
    .sort(([one = ''], [other = '']) => (one < other ? -1 : 1))
    .map((pair) => pair.join('='))
    .join('&');

/** Gives the headers of a request together with its date and signature. */
export function s3Signer({ accessKeyId, secretAccessKey, region }: S3Signatory) {
  // One key a day; as a key object, since the preparing of bytes as a key takes longer than all the rest.
  let daily: { day: string; key: KeyObject } | undefined;
  const keyOf = (day: string): KeyObject => {
    if (daily?.day !== day) {
      const parts = [day, region, 's3', 'aws4_request'];
      const key = parts.reduce<Uint8Array>(hmac, Buffer.from(`AWS4${secretAccessKey.reveal()}`));
      daily = { day, key: createSecretKey(key) };
    }
    return daily.key;
  };
  return (request: UnsignedRequest, at: Date): Record<string, string> => {
    const time = at.toISOString().replace(/[:-]|\.\d{3}/g, ''); // As in 20261126T180000Z.
    const day = time.slice(0, 8);
    const headers: Record<string, string> = { ...request.headers, 'x-amz-date': time };
    const names = Object.keys(headers).sort();
    const canonical = [
      request.method,
      request.path,
      request.query,
      ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
      '',
      names.join(';'),
      headers['x-amz-content-sha256'] ?? '',
    ].join('\n');
    const scope = `${day}/${region}/s3/aws4_request`;
    const digest = hash('sha256', canonical);
    const signature = hmac(keyOf(day), `AWS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`).toString('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
    return { ...headers, authorization };
  };
}

const hmac = (key: Uint8Array | KeyObject, text: string): Buffer => createHmac('sha256', key).update(text).digest();

// RFC 3986: what encodeURIComponent leaves alone beyond it is encoded as well.
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
