// What the page knows while it is open. One object; views read it and ask the app to draw again.
import type { KitManifest } from './kit-check.ts';
import type { KitFiles } from './kit-files.ts';
import type { OpeningRecord, SeenValue } from './opening-record.ts';
import type { Vault } from './open-vault.ts';
import { type Formats, formats, type Language, type Texts, textsOf } from './texts.ts';

/** Values on the list screen that survive a change of language. */
export interface Looking {
  text: string;
  group: string;
  filter: 'all' | 'expired' | 'totp' | 'attachments' | 'recent';
  selected: number | undefined;
  /** What changed after this is marked. */
  since: Date;
}

/** See the head of this file. */
export class Session {
  language: Language;
  readonly files: KitFiles;
  readonly manifest: KitManifest;
  who: { name: string; reason: string } | undefined;
  way: 'master-password' | 'shares' | 'identity';
  failedAttempts = 0;
  vault: Vault | undefined;
  record: OpeningRecord | undefined;
  /** Something was seen that no saved record tells. */
  isRecordUnsaved = false;
  looking: Looking;
  /** Said once on the first screen, for example why the kit was closed. */
  notice = '';

  constructor(files: KitFiles, manifest: KitManifest, language: Language) {
    this.files = files;
    this.manifest = manifest;
    this.language = language;
    this.looking = newLooking(manifest);
    this.way =
      manifest.recoveryKey.ways.includes('master-password') && files.has('recovery-key.age')
        ? 'master-password'
        : 'shares';
  }

  get texts(): Texts {
    return textsOf(this.language);
  }

  get formats(): Formats {
    return formats(this.language);
  }

  /** `12,345 secrets` in the page's language. */
  countText(count: number): string {
    return this.texts.secrets(this.formats.number(count), count === 1);
  }

  /** Notes what was done with a value. */
  saw(seen: Omit<SeenValue, 'at'>): void {
    this.record?.seen.push({ ...seen, at: new Date().toISOString() });
    this.isRecordUnsaved = true;
  }

  /** Lets go of everything that was opened. */
  close(): void {
    this.vault = undefined;
    this.record = undefined;
    this.isRecordUnsaved = false;
    this.looking = newLooking(this.manifest);
  }
}

// What was changed since the kit before, or where there was none, in the 30 days before this one.
function newLooking({ created, previous }: KitManifest): Looking {
  const since = previous ?? new Date(created.getTime() - 30 * 86_400_000);
  return { text: '', group: '', filter: 'all', selected: undefined, since };
}

/** What a view is given: the session, a way to draw again, and a signal that ends its timers when it goes. */
export interface View {
  session: Session;
  /** Draws the screen that the session asks for. */
  draw: () => void;
  gone: AbortSignal;
}
