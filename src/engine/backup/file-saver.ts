// Turns a file's bytes into blobs. The walk decides which files; this only reads, cuts, and stores.
import type { Operation } from '../../base/operation.ts';
import type { BlobId } from '../ids.ts';
import type { NewFilesOptions } from './new-files.ts';

/** A file whose content is in the repository. Sizes in bytes. */
export interface SavedFile {
  /** Its blobs in order; empty for an empty file. */
  content: BlobId[];
  /** Bytes read, which is what the node records even when the file grew meanwhile. */
  size: number;
  /** What of it was new: blobs, their plaintext bytes, their bytes in packs. */
  newBlobs: number;
  newBytes: number;
  storedBytes: number;
}

/** How a file is saved. */
export interface SaveFileOptions extends Operation {
  /** Its size when the folder was read, in bytes: small files are handed to a worker many at a time. */
  expectedBytes?: number;
}

/** Stores the content of files and streams as data blobs. Several calls may run at once, and should: about a hundred. */
export interface FileSaver {
  /**
   * Opens the file without following a link, reads it once to its end, and saves it.
   * @param path raw bytes, for names that are not UTF-8
   * @throws the system error when it cannot be read; Failure `backup.not-a-file` when it is no longer a regular file
   */
  saveFile(path: Buffer, options?: SaveFileOptions): Promise<SavedFile>;
  /**
   * Saves files of one folder, of which nothing is known but their names, and makes their nodes: many small files cost the
   * calling thread next to nothing. What is not plain sailing is left to the caller. Absent where it would save no time.
   * @param names in the order of the folder, raw bytes, one character each
   * @throws the signal's reason, and what the repository threw; never for a file
   */
  saveNewFiles?(folder: Buffer, names: readonly string[], options: NewFilesOptions): Promise<void>;
  /** Saves a stream, such as a command's output. A stream that fails rejects, and what was stored of it is garbage. */
  saveStream(stream: AsyncIterable<Uint8Array>, options?: Operation): Promise<SavedFile>;
  /** Ends the workers. What they had sealed is kept for the next `flush` of the repository. */
  close(): Promise<void>;
}
