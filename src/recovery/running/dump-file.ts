// A dump in a file, as programs of databases write it, compressed or not: what it is, of which version, and its bytes.
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { Failure } from '../../base/failure.ts';
import type { ServerFacts } from '../../sources/trees/recovery-facts.ts';
import type { Dump } from './replace-database.ts';

/** A dump and what its first lines say. */
export interface DumpFile extends Dump {
  engine: ServerFacts['engine'];
  /** Of the server it was taken from; undefined when it does not say. */
  version?: string;
}

const headBytes = 64 * 1024;

/** Looks at the file. @throws Failure `recovery.not-a-dump` */
export async function readDumpFile(path: string): Promise<DumpFile> {
  const read = (): AsyncIterable<Uint8Array> => bytesOf(path);
  const head = await headOf(path, read);
  const text = head.toString('latin1');
  if (text.startsWith('PGDMP')) return { engine: 'postgresql', form: 'archive', read };
  const postgres = /-- Dumped from database version (\d+(?:\.\d+)*)/.exec(text)?.[1];
  if (postgres !== undefined && /^(\\connect|CREATE DATABASE) /m.test(text))
    throw notADump(path, 'it chooses its database itself, as those of pg_dump -C and pg_dumpall do');
  if (postgres !== undefined) return { engine: 'postgresql', form: 'database', version: postgres, read };
  if (!/^-- (MariaDB|MySQL) dump|^-- Host: /m.test(text))
    throw notADump(path, 'its first lines are not those of a dump');
  const version = /^-- Server version\s+(\d+(?:\.\d+)*)/m.exec(text)?.[1];
  return {
    engine: 'mariadb',
    form: /^-- Current Database: `/m.test(text) ? 'server' : 'database',
    ...(version === undefined ? {} : { version }),
    read,
  };
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path);
  try {
    const isPacked = await startsPacked(path);
    yield* (isPacked ? file.pipe(createGunzip()) : file) as AsyncIterable<Buffer>;
  } finally {
    file.destroy();
  }
}

async function startsPacked(path: string): Promise<boolean> {
  for await (const piece of createReadStream(path, { end: 1 }) as AsyncIterable<Buffer>)
    return piece[0] === 0x1f && piece[1] === 0x8b;
  return false;
}

async function headOf(path: string, read: () => AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of read()) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= headBytes) break;
    }
  } catch (error) {
    throw notADump(path, error instanceof Error ? error.message : String(error), error);
  }
  return Buffer.concat(pieces).subarray(0, headBytes);
}

function notADump(path: string, why: string, cause?: unknown): Failure {
  return new Failure('recovery.not-a-dump', {
    message: `${path} is no dump that can be brought back: ${why}`,
    hint: 'Give a file of pg_dump, mysqldump or mariadb-dump, as it is or compressed by gzip.',
    ...(cause === undefined ? {} : { cause }),
  });
}
