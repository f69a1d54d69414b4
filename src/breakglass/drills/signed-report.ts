// A report under a signature, as JSON and as a page: one file each, so that the signature travels with what it signs.
// Both can be verified without this Orbit, and the JSON with jq and openssl alone (docs/drills.md).
import assert from 'node:assert/strict';
import { Failure } from '../../base/failure.ts';
import { isSignedBy, type SigningKey, signerFingerprint } from '../signing-key.ts';
import { type DrillReport, parseReport } from './drill-report.ts';

/** What a signature says about a file. */
export interface VerifiedReport {
  /** The report itself; of a page only its id and result can be told. */
  report?: DrillReport;
  id: string;
  form: 'json' | 'page';
  /** Raw Ed25519 public key. Whether it is known is the caller's question. */
  signer: Buffer;
  fingerprint: string;
}

/** The JSON file of a report: `{ report, signature }`, where the signature is over the compact JSON of `report`. */
export function signedJson(report: DrillReport, key: SigningKey): Buffer {
  // Through the schema, so that writer and reader put the keys in one order.
  const ordered = parseReport(report);
  assert(!('problem' in ordered), 'problem' in ordered ? ordered.problem : '');
  const value = key.sign(Buffer.from(JSON.stringify(ordered)));
  return jsonFile(ordered, key.publicKey, value);
}

/** A page with its signature behind it, in a comment; everything before the comment is signed. */
export function signedPage(html: string, report: Pick<DrillReport, 'id'>, key: SigningKey): Buffer {
  const body = Buffer.from(`${html}\n`);
  const signature = key.sign(body).toString('base64');
  return Buffer.concat([
    body,
    Buffer.from(`<!-- orbit drill ${report.id} signed by ${key.publicKey.toString('base64')} ${signature} -->\n`),
  ]);
}

/**
 * Checks a report's signature, whichever form it has. Offline, by the key that the file names.
 * @throws Failure `drill.bad-report` when it is no report, `drill.bad-signature` when a byte of it was changed.
 */
export function verifyReport(name: string, bytes: Buffer): VerifiedReport {
  return bytes.subarray(0, 1).toString() === '<' ? verifyPage(name, bytes) : verifyJson(name, bytes);
}

const prefix = '-----BEGIN PUBLIC KEY-----';

function jsonFile(report: DrillReport, publicKey: Buffer, value: Buffer): Buffer {
  // RFC 8410 SubjectPublicKeyInfo in PEM, for openssl.
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
  const pem = `${prefix}\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`;
  const signature = {
    algorithm: 'Ed25519',
    over: 'the compact JSON of "report"',
    fingerprint: signerFingerprint(publicKey),
    publicKey: pem,
    value: value.toString('base64'),
  };
  return Buffer.from(`${JSON.stringify({ report, signature }, null, 2)}\n`);
}

function verifyJson(name: string, bytes: Buffer): VerifiedReport {
  let json: { report?: unknown; signature?: { publicKey?: unknown; value?: unknown } };
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)) as typeof json;
  } catch (error) {
    throw badReport(name, 'it is not JSON', error);
  }
  if (json === null || typeof json !== 'object') throw badReport(name, 'it holds no report');
  const report = parseReport(json.report);
  if ('problem' in report) throw badReport(name, report.problem);
  const pem = typeof json.signature?.publicKey === 'string' ? json.signature.publicKey : '';
  const signer = Buffer.from(pem.split('\n')[1] ?? '', 'base64').subarray(-32);
  const value = Buffer.from(typeof json.signature?.value === 'string' ? json.signature.value : '', 'base64');
  // Other spellings of the same data are refused as well: readers may differ on a key that stands twice.
  const isRight =
    isSignedBy(signer, Buffer.from(JSON.stringify(report)), value) && jsonFile(report, signer, value).equals(bytes);
  if (!isRight) throw badSignature(name);
  return { report, id: report.id, form: 'json', signer, fingerprint: signerFingerprint(signer) };
}

const tail = /<!-- orbit drill ([0-9A-Za-z-]{1,60}) signed by ([A-Za-z0-9+/]{43}=) ([A-Za-z0-9+/]{86}==) -->\n$/;

function verifyPage(name: string, bytes: Buffer): VerifiedReport {
  const found = tail.exec(bytes.subarray(-400).toString('latin1'));
  if (found === null) throw badReport(name, 'there is no signature at its end');
  const [comment, id = '', key = '', value = ''] = found;
  const signer = Buffer.from(key, 'base64');
  const body = bytes.subarray(0, bytes.length - comment.length);
  const isCanonical = signer.toString('base64') === key && Buffer.from(value, 'base64').toString('base64') === value;
  // The id stands in the signed part too, so that the comment cannot tell another one.
  const isRight = isSignedBy(signer, body, Buffer.from(value, 'base64')) && body.includes(`<code>${id}</code>`);
  if (!isRight || !isCanonical) throw badSignature(name);
  return { id, form: 'page', signer, fingerprint: signerFingerprint(signer) };
}

function badReport(name: string, why: string, cause?: unknown): Failure {
  return new Failure('drill.bad-report', {
    message: `${name} is no report of a drill: ${why}`,
    hint: 'Give a file drill-….json or drill-….html as Orbit wrote it, from reports/ of the data folder.',
    cause,
  });
}

function badSignature(name: string): Failure {
  return new Failure('drill.bad-signature', {
    message: `the signature of ${name} does not fit: it was changed after it was signed`,
    hint: 'Ask for the file again, from reports/ of the data folder of the Orbit that made it.',
  });
}
