// An entry that has its past where it stood in the document, until somebody asks for it.
import type { KdbxAttachment, KdbxCustomItem, KdbxEntry, KdbxField, KdbxVersion } from './kdbx-types.ts';

/** Takes the content of a `History` to be read later, and gives what reads it; undefined for what must be read at once. */
export type KeepPast = (source: string) => (() => KdbxVersion[]) | undefined;

/** An entry whose past is read when `history` is asked for the first time; a copy by `...` has none. */
export class EntryWithPast implements KdbxEntry {
  readonly uuid: string;
  readonly groups: string[] = [];
  readonly fields: KdbxField[];
  readonly tags: string[];
  readonly customData: KdbxCustomItem[];
  readonly attachments: KdbxAttachment[];
  // There only where the entry has them.
  declare readonly createdAt?: Date;
  declare readonly modifiedAt?: Date;
  declare readonly expiresAt?: Date;
  declare isRecycled?: boolean;
  readonly #readPast: () => KdbxVersion[];
  #history: KdbxVersion[] | undefined;

  constructor(
    { fields, tags, customData, attachments, ...times }: KdbxVersion,
    uuid: string,
    readPast: () => KdbxVersion[],
  ) {
    this.uuid = uuid;
    this.fields = fields;
    this.tags = tags;
    this.customData = customData;
    this.attachments = attachments;
    Object.assign(this, times);
    this.#readPast = readPast;
  }

  get history(): KdbxVersion[] {
    this.#history ??= this.#readPast();
    return this.#history;
  }
}
