// Puts together what a path, a header and side files tell of one recording.
import type { RecordingFacts } from '../formats/facts.ts';
import { bytesOf } from '../formats/byte-reader.ts';
import { type Layout, readPath, type SideFile, sidePath } from './layout.ts';
import { readSideFile, readSideList, sideBytesMax } from './side-file.ts';
import type { SnapshotFolder } from '../../engine/browse/snapshot-folders.ts';
import { type ReadingOptions, type SnapshotReader, sourceBeside } from './snapshot-source.ts';

/** What lies around a recording. */
export interface Surroundings {
  /** Name of the layout whose template fitted; undefined when only side files were looked for. */
  layout?: string;
  path: RecordingFacts;
  side: RecordingFacts;
}

const listsMax = 4;

/** Reads layouts and their side files; a list of many recordings is read once for all of them. */
export class FactGatherer {
  readonly #layouts: readonly Layout[];
  readonly #reader: SnapshotReader;
  readonly #options: ReadingOptions;
  readonly #lists = new Map<string, Map<string, RecordingFacts>>();

  constructor(layouts: readonly Layout[], reader: SnapshotReader, options: ReadingOptions) {
    this.#layouts = layouts;
    this.#reader = reader;
    this.#options = options;
  }

  /** What the path and the files around `fileName` tell. */
  async around(folder: SnapshotFolder, fileName: string): Promise<Surroundings> {
    const path = `${folder.path.toString('utf8')}/${fileName}`;
    for (const layout of this.#layouts) {
      const read = readPath(layout, path);
      if (read === undefined) continue;
      const side = await this.#side(layout.side ?? [], folder, fileName, read.parts);
      if (layout.path === undefined && Object.keys(side).length === 0) continue;
      return { ...(layout.path === undefined ? {} : { layout: layout.name }), path: read.facts, side };
    }
    return { path: {}, side: {} };
  }

  async #side(
    files: readonly SideFile[],
    folder: SnapshotFolder,
    fileName: string,
    parts: Record<string, string>,
  ): Promise<RecordingFacts> {
    for (const side of files) {
      const path = sidePath(side, fileName, parts);
      // A recording may be JSON itself: it is no side file of its own.
      if (path === fileName) continue;
      const facts =
        side.key === undefined
          ? await this.#one(side, folder, path)
          : await this.#many(side, side.key, folder, path, namesOf(fileName, parts));
      if (facts !== undefined && Object.keys(facts).length > 0) return facts;
    }
    return {};
  }

  async #one(side: SideFile, folder: SnapshotFolder, path: string): Promise<RecordingFacts | undefined> {
    const text = await this.#text(folder, path, sideBytesMax.one);
    return text === undefined ? undefined : readSideFile(path, text, side.fields);
  }

  async #many(
    side: SideFile,
    key: string,
    folder: SnapshotFolder,
    path: string,
    names: string[],
  ): Promise<RecordingFacts | undefined> {
    const where = `${folder.path.toString('latin1')}/${path}`;
    let list = this.#lists.get(where);
    if (list === undefined) {
      const text = await this.#text(folder, path, sideBytesMax.many);
      list = text === undefined ? new Map() : readSideList(path, text, key, side.fields);
      if (this.#lists.size >= listsMax) this.#lists.delete(this.#lists.keys().next().value ?? '');
      this.#lists.set(where, list);
    }
    return names.map((name) => list.get(name)).find((facts) => facts !== undefined);
  }

  async #text(folder: SnapshotFolder, path: string, bytesMax: number): Promise<string | undefined> {
    const source = await sourceBeside(this.#reader, folder, path, this.#options);
    if (source === undefined || source.size > bytesMax) return undefined;
    return (await bytesOf(source, { offset: 0, length: source.size })).toString('utf8');
  }
}

// By what a list may know a recording.
function namesOf(fileName: string, parts: Record<string, string>): string[] {
  const plain = fileName.replace(/\.gz$/i, '');
  const stem = plain.replace(/\.[^.]*$/, '');
  return [fileName, plain, stem, ...(parts['sessionId'] === undefined ? [] : [parts['sessionId']])];
}
