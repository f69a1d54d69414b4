// Packs a recording into one page that plays it without Orbit and without a network: the recording sealed with age, the player,
// and, wrapped by a password, the key.
import { readFile } from 'node:fs/promises';
import { Failure, systemErrorCode } from '../../base/failure.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { sealToRecipients } from '../../breakglass/age-files.ts';
import { refuseWeakPassword } from '../../breakglass/master-password.ts';
import { fileElementType, filesPlace } from '../../breakglass/open-html/render.ts';
import { generateRecoveryIdentity, wrapByPassword } from '../../breakglass/recovery-key.ts';
import { currentKey, recipientsOf } from '../../breakglass/recovery-key-store.ts';
import type { Store } from '../../store/store.ts';
import type { Recording } from '../catalogue/recording.ts';
import { desktopBytes, type Exported, exportRecording } from '../replay/export.ts';
import { packagedFactNames, type PackagedFacts } from './packaged-facts.ts';

/** Who can open the page: whoever knows this password, or, without one, whoever opens kits. */
export interface PackageOptions {
  password?: SecretString;
  /** scrypt's log2 cost; only tests lower it. */
  workFactor?: number;
}

const bytesMax = 512 * 1024 * 1024;
const pageFile = new URL('../../../web/recording/dist/recording.html', import.meta.url);

/**
 * The page's bytes.
 * @throws Failure `recordings.not-packable`, `recordings.no-page`, `breakglass.no-recovery-key`, `breakglass.weak-password`
 */
export async function packageRecording(store: Store, exported: Exported, options: PackageOptions): Promise<Buffer> {
  const { family, format, id } = exported.recording;
  if (family === 'other') {
    throw new Failure('recordings.not-packable', {
      message: `the recording ${id} is ${format}, which no page can play`,
      hint: 'Export it, and seal it with age for whoever needs it.',
    });
  }
  const template = await readPage();
  const plain = await whole(contentOf(exported), id);
  try {
    const { recipients, wrapped, shares } = await keyFor(store, options);
    const name = `recording.${family === 'terminal' ? 'cast' : format}.age`;
    const files: [string, Uint8Array][] = [[name, await sealToRecipients(plain, recipients)]];
    files.push(['about.json.age', await sealToRecipients(aboutOf(exported.recording), recipients)]);
    if (shares !== undefined) files.push(['shares.json', Buffer.from(JSON.stringify(shares))]);
    if (wrapped !== undefined) files.push(['recovery-key.age', wrapped]);
    const elements = files.map(
      ([name, bytes]) =>
        `<script type="${fileElementType}" data-name="${name}">${Buffer.from(bytes).toString('base64')}</script>\n`,
    );
    const at = template.indexOf(filesPlace);
    return Buffer.concat([
      template.subarray(0, at),
      Buffer.from(elements.join('')),
      template.subarray(at + filesPlace.length),
    ]);
  } finally {
    plain.fill(0);
  }
}

function aboutOf(recording: Recording): Buffer {
  const about: PackagedFacts = {};
  for (const name of packagedFactNames) {
    const value = recording[name];
    if (value !== undefined) about[name] = value;
  }
  return Buffer.from(JSON.stringify(about));
}

interface PackageKey {
  recipients: string[];
  wrapped: Buffer | undefined;
  /** How many shares open it; null when there were none yet: they may be made later. Undefined: none ever will. */
  shares: { threshold: number | null; total: number | null } | undefined;
}

// A password gets a key of its own, so that the page asks the same question either way.
async function keyFor(store: Store, { password, workFactor }: PackageOptions): Promise<PackageKey> {
  if (password === undefined) {
    const key = currentKey(store);
    const { threshold = null, total = null } = key.shares ?? {};
    return { recipients: recipientsOf(key), wrapped: key.wrappedByPassword, shares: { threshold, total } };
  }
  refuseWeakPassword(password);
  const identity = generateRecoveryIdentity();
  try {
    const notes = { createdAt: new Date(), signer: currentKey(store).signer };
    const cost = workFactor === undefined ? {} : { workFactor };
    const wrapped = await wrapByPassword(identity, notes, password, cost);
    return { recipients: [identity.recipient], wrapped, shares: undefined };
  } finally {
    identity.wipe();
  }
}

function contentOf(exported: Exported): AsyncIterable<Buffer | string> {
  if (exported.recording.family === 'desktop') return desktopBytes(exported);
  return exportRecording(exported, exported.recording.family === 'terminal' ? 'asciicast' : 'original');
}

async function whole(content: AsyncIterable<Buffer | string>, id: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of content) {
    const bytes = Buffer.from(piece as string);
    size += bytes.length;
    pieces.push(bytes);
    if (size <= bytesMax) continue;
    throw new Failure('recordings.not-packable', {
      message: `the recording ${id} is larger than ${bytesMax} bytes, which no browser opens from one page`,
      hint: 'Export it, and seal it with age for whoever needs it.',
    });
  }
  return Buffer.concat(pieces);
}

async function readPage(): Promise<Buffer> {
  try {
    return await readFile(pageFile);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    throw new Failure('recordings.no-page', {
      message: 'the page for recordings was not built',
      hint: 'Run `npm run build:console`; npm ci does it, unless its scripts are switched off.',
    });
  }
}
