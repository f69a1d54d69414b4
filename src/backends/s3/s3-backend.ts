// Objects in a bucket of any S3-compatible server: conditional writes, multipart for large ones, object lock where asked for.
import { systemClock } from '../../base/clock.ts';
import type { Operation } from '../../base/operation.ts';
import type { DatingBackend, LockingBackend } from '../abilities.ts';
import type { ByteRange, SaveOptions } from '../backend.ts';
import { keyExists, malformed, notFound, placeMissing, shortObject, tooLarge } from '../failures.ts';
import { checkKey, checkPrefix, isKeyPart } from '../key.ts';
import { checkLoadSize, checkRange, loadBytesMax, resolveRange } from '../ranges.ts';
import type { HttpAnswer } from './http-answer.ts';
import type { BodyLimit } from './http-body.ts';
import { type S3Client, type S3Request, type S3Target, s3Client } from './s3-client.ts';
import { s3Failure } from './s3-failures.ts';
import { parseBucketListing } from './s3-listing.ts';

/** Where and how. */
export interface S3Settings extends S3Target {
  /** Folder in the bucket, without a slash at either end; empty for the whole bucket. */
  prefix: string;
  /** False for servers without `If-None-Match`: then a key is looked up before it is written. */
  conditionalWrites: boolean;
  /** Locks every object but locks and probes against deletion for so long. */
  lock?: { mode: 'COMPLIANCE' | 'GOVERNANCE'; days: number };
  /** Larger objects travel in parts of this size. Default 64 MiB; at least 5 MiB (the API's own rule). */
  partBytes?: number;
}

const dayMs = 86_400_000;
// A server that gives the whole object when a part was asked for is borne up to here.
const wholeForPartMax = 256 * 1024 * 1024;
// These are removed or replaced in the daily work; a lock on them would only pile them up.
const neverLocked = /(^|\/)locks\/|^probe\/|^write_test$/;

/** Opens a folder of a bucket; one that locks is a `LockingBackend`. Nothing is sent before the first call. */
export function openS3Backend(settings: S3Settings): DatingBackend & Partial<LockingBackend> {
  const { location } = settings;
  const client: S3Client = s3Client(settings);
  const partBytes = settings.partBytes ?? 64 * 1024 * 1024;
  const withMd5 = settings.lock !== undefined;
  const clock = settings.clock ?? systemClock;
  const top = settings.prefix === '' ? '' : `${settings.prefix}/`;

  async function send(what: string, key: string, request: Omit<S3Request, 'key'>, good: number[]): Promise<HttpAnswer> {
    const response = await client.send({ ...request, key: `${top}${key}` });
    if (!good.includes(response.status)) throw s3Failure(location, what, key, response);
    return response;
  }

  async function head(key: string, options: Operation): Promise<HttpAnswer> {
    checkKey(key);
    const response = await client.send({ method: 'HEAD', key: `${top}${key}`, ...signalOf(options) });
    if (response.status === 200) return response;
    if (response.status === 404) throw await missing(key, options);
    throw s3Failure(location, `look at ${key}`, key, response); // A HEAD has no body that would say more.
  }

  // A missing object and a missing bucket are told apart: the second must stop a run.
  async function missing(key: string, options: Operation): Promise<Error> {
    const bucket = await client.send({ method: 'HEAD', key: '', ...signalOf(options) });
    return bucket.status === 404 ? placeMissing(location) : notFound(location, key);
  }

  function lockHeaders(key: string): Record<string, string> {
    const { lock } = settings;
    if (lock === undefined || neverLocked.test(key)) return {};
    return {
      'x-amz-object-lock-mode': lock.mode,
      'x-amz-object-lock-retain-until-date': lockEnd(lock).toISOString(),
    };
  }

  function lockEnd({ days }: { days: number }): Date {
    return new Date(clock.now().getTime() + days * dayMs);
  }

  async function put(
    key: string,
    body: Uint8Array,
    condition: Record<string, string>,
    options: SaveOptions,
  ): Promise<void> {
    const headers = { ...condition, ...lockHeaders(key) };
    const { sha256 } = options;
    const request = { method: 'PUT' as const, headers, body, sha256, withMd5, ...signalOf(options) };
    const response = await send(`store ${key}`, key, request, [200, 201, 412]);
    if (response.status === 412) throw keyExists(location, key);
  }

  async function putInParts(key: string, body: Uint8Array, condition: Record<string, string>, options: Operation) {
    const what = `store ${key}`;
    const begun = await send(
      what,
      key,
      { method: 'POST', query: { uploads: '' }, headers: lockHeaders(key), ...signalOf(options) },
      [200],
    );
    const uploadId = /<UploadId>([^<]+)<\/UploadId>/.exec(begun.body.toString('utf8'))?.[1];
    // Without one, what is meant for the upload would be taken as meant for the object itself.
    if (uploadId === undefined) throw malformed('an upload without a name');
    try {
      const parts: string[] = [];
      for (let start = 0, number = 1; start < body.length; start += partBytes, number += 1) {
        const part = body.subarray(start, start + partBytes);
        const query = { partNumber: String(number), uploadId };
        const stored = await send(
          what,
          key,
          { method: 'PUT', query, body: part, withMd5, ...signalOf(options) },
          [200],
        );
        const tag = (stored.headers.get('etag') ?? '').replaceAll('"', '&quot;');
        parts.push(`<Part><PartNumber>${number}</PartNumber><ETag>${tag}</ETag></Part>`);
      }
      const xml = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
      const request = {
        method: 'POST' as const,
        query: { uploadId },
        headers: condition,
        body: xml,
        ...signalOf(options),
      };
      const done = await send(what, key, request, [200, 412]);
      if (done.status === 412) throw keyExists(location, key);
      // A completion may fail after its 200 was sent: then the body says so.
      if (/<Error>/.test(done.body.toString('utf8'))) throw s3Failure(location, what, key, { ...done, status: 500 });
    } catch (error) {
      await client.send({ method: 'DELETE', key: `${top}${key}`, query: { uploadId } }).catch(() => {});
      throw error;
    }
  }

  return {
    location,
    async save(key, bytes, options = {}) {
      options.signal?.throwIfAborted();
      checkKey(key);
      const mayReplace = options.ifExists === 'replace';
      // Some servers (Ceph 16) heed the condition for whole objects only, so before parts are sent we look as well.
      const isLarge = bytes.length > partBytes;
      if (!mayReplace && (isLarge || !settings.conditionalWrites)) await refuseExisting(key, options);
      const condition: Record<string, string> =
        mayReplace || !settings.conditionalWrites ? {} : { 'if-none-match': '*' };
      if (isLarge) await putInParts(key, bytes, condition, options);
      else await put(key, bytes, condition, options);
    },
    async load(key, range, options = {}) {
      options.signal?.throwIfAborted();
      checkKey(key);
      const { room, maxBytes } = options;
      if (range === undefined) {
        const request = { method: 'GET' as const, room, limit: limitOf(key, maxBytes), ...signalOf(options) };
        return (await send(`read ${key}`, key, request, [200])).body;
      }
      checkRange(range);
      if (range.length !== undefined) checkLoadSize(location, key, range.length, maxBytes);
      // No header can ask for nothing: the size decides.
      if (range.length === 0) return await nothingAt(key, range.offset, options);
      const last = range.length === undefined ? '' : String(range.offset + range.length - 1);
      const headers = { range: `bytes=${range.offset}-${last}` };
      const limit = limitOf(key, Math.max(range.length ?? maxBytes ?? loadBytesMax, wholeForPartMax));
      const request = { method: 'GET' as const, headers, room, limit, ...signalOf(options) };
      const response = await send(`read ${key}`, key, request, [200, 206, 416]);
      if (response.status === 416) return await nothingAt(key, range.offset, options, range.length);
      if (response.status === 200) {
        const { start, end } = resolveRange(location, key, response.body.length, range, maxBytes);
        return response.body.subarray(start, end);
      }
      checkPart(response, range);
      const { body } = response;
      checkLoadSize(location, key, body.length, maxBytes);
      if (range.length !== undefined && body.length < range.length)
        throw shortObject(location, key, range.offset + range.length, range.offset + body.length);
      return body;
    },
    async stat(key, options = {}) {
      options.signal?.throwIfAborted();
      return { key, size: Number((await head(key, options)).headers.get('content-length') ?? 0) };
    },
    async modifiedAt(key, options = {}) {
      return new Date((await head(key, options)).headers.get('last-modified') ?? '');
    },
    async *list(prefix, options = {}) {
      options.signal?.throwIfAborted();
      checkPrefix(prefix);
      const folder = `${top}${prefix}`;
      const followed = new Set<string>();
      for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
        const query = {
          'list-type': '2',
          'encoding-type': 'url',
          prefix: folder,
          ...(token === undefined ? {} : { 'continuation-token': token }),
        };
        const response = await client.send({ method: 'GET', key: '', query, ...signalOf(options) });
        if (response.status !== 200) throw s3Failure(location, `list ${prefix}`, prefix, response);
        const page = parseBucketListing(response.body.toString('utf8'));
        for (const { key, size } of page.objects) {
          const own = key.slice(top.length);
          if (key.startsWith(folder) && own.split('/').every(isKeyPart)) yield { key: own, size };
        }
        token = page.nextToken;
        if (token !== undefined && followed.size === followed.add(token).size)
          throw malformed('a listing that goes round in circles');
      }
    },
    async remove(key, options = {}) {
      options.signal?.throwIfAborted();
      await head(key, options); // S3 itself is content when there is nothing to remove.
      await send(`remove ${key}`, key, { method: 'DELETE', ...signalOf(options) }, [200, 204]);
    },
    // A bucket has no size.
    freeBytes: async () => undefined,
    ...(settings.lock === undefined ? {} : locking(settings.lock)),
    async close() {
      client.close();
    },
  };

  // The answer where it was refused.
  async function putRetention(
    key: string,
    mode: NonNullable<S3Settings['lock']>['mode'],
    until: Date,
    options: Operation,
  ): Promise<HttpAnswer | undefined> {
    const body = Buffer.from(
      `<Retention xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Mode>${mode}</Mode><RetainUntilDate>${until.toISOString()}</RetainUntilDate></Retention>`,
    );
    const request = { method: 'PUT' as const, query: { retention: '' }, body, withMd5, ...signalOf(options) };
    const response = await client.send({ ...request, key: `${top}${key}` });
    if (response.status === 404) throw await missing(key, options);
    return response.status === 200 || response.status === 204 ? undefined : response;
  }

  function locking(lock: NonNullable<S3Settings['lock']>): Omit<LockingBackend, keyof DatingBackend> {
    return {
      lockDays: lock.days,
      isLockable: (key) => !neverLocked.test(key),
      async lockAnew(key, options = {}) {
        options.signal?.throwIfAborted();
        checkKey(key);
        const until = lockEnd(lock);
        const refused = await putRetention(key, lock.mode, until, options);
        if (refused === undefined) return;
        // A lock is never made shorter, and stays in the mode that it was made in.
        const { headers } = await head(key, options);
        const end = headers.get('x-amz-object-lock-retain-until-date');
        if (end !== undefined && Date.parse(end) >= until.getTime()) return;
        const mode = headers.get('x-amz-object-lock-mode');
        const isOther = (mode === 'COMPLIANCE' || mode === 'GOVERNANCE') && mode !== lock.mode;
        if (isOther && (await putRetention(key, mode, until, options)) === undefined) return;
        throw s3Failure(location, `lock ${key} anew`, key, refused);
      },
      async versionOf(key, options = {}) {
        const version = (await head(key, options)).headers.get('x-amz-version-id');
        if (version === undefined) throw malformed(`the bucket keeps no versions, so nothing in it can be locked`);
        return version;
      },
      async survivesRemoval(key, version, bytes, options = {}) {
        checkKey(key);
        const query = { versionId: version };
        await send(
          `remove a version of ${key}`,
          key,
          { method: 'DELETE', query, ...signalOf(options) },
          [200, 204, 403],
        );
        const request = { method: 'GET' as const, query, limit: limitOf(key), ...signalOf(options) };
        const there = await send(`read ${key}`, key, request, [200, 404]);
        return there.status === 200 && there.body.equals(bytes);
      },
    };
  }

  function limitOf(key: string, maxBytes = loadBytesMax): BodyLimit {
    return { maxBytes, exceededBy: (bytes) => tooLarge(location, key, bytes, maxBytes) };
  }

  async function refuseExisting(key: string, options: Operation): Promise<void> {
    const response = await client.send({ method: 'HEAD', key: `${top}${key}`, ...signalOf(options) });
    if (response.status === 200) throw keyExists(location, key);
    if (response.status !== 404) throw s3Failure(location, `look at ${key}`, key, response);
  }

  async function nothingAt(key: string, offset: number, options: Operation, length = 0): Promise<Buffer> {
    const size = Number((await head(key, options)).headers.get('content-length') ?? 0);
    resolveRange(location, key, size, { offset, length });
    return Buffer.alloc(0);
  }
}

// Some servers give another part than was asked for, and say so; and a part to the end must be that.
function checkPart({ headers, body }: HttpAnswer, { offset, length = Infinity }: ByteRange): void {
  const said = headers.get('content-range') ?? '';
  const [, first, last, size] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(said) ?? [];
  const end = Number(last) + 1;
  const isWhole = length !== Infinity || Number(size) === end;
  if (Number(first) === offset && end - offset === body.length && body.length <= length && isWhole) return;
  throw malformed(`from byte ${offset} on was asked for, and it gave ${body.length} bytes as '${said}'`);
}

function signalOf(options: Operation): { signal?: AbortSignal } {
  return options.signal === undefined ? {} : { signal: options.signal };
}
