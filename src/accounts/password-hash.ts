// Passwords of accounts at rest: argon2id, written as a PHC string so that the costs may grow later.
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { SecretString } from '../base/secret-string.ts';

/** Costs of one hash; `memoryKib` in KiB. */
export interface HashCosts {
  memoryKib: number;
  passes: number;
  lanes: number;
}

/** RFC 9106 section 4, second recommended choice: 64 MiB, three passes, four lanes. */
export const standardCosts: HashCosts = { memoryKib: 64 * 1024, passes: 3, lanes: 4 };

const tagBytes = 32;
const saltBytes = 16;
const derive = promisify(argon2);

// One at a time: each takes 64 MiB, and a crowd at the door must not take the memory of the backups.
let queue: Promise<unknown> = Promise.resolve();

/** `$argon2id$v=19$m=65536,t=3,p=4$salt$tag`, base64 without padding (PHC string format). */
export async function hashPassword(password: SecretString, costs: HashCosts = standardCosts): Promise<string> {
  const salt = randomBytes(saltBytes);
  const tag = await tagOf(password, salt, costs);
  return `$argon2id$v=19$m=${costs.memoryKib},t=${costs.passes},p=${costs.lanes}$${plain(salt)}$${plain(tag)}`;
}

/** True when the password is the one of this hash. Text that is no such hash fits no password. */
export async function isPassword(password: SecretString, hash: string): Promise<boolean> {
  const parts = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash);
  if (parts === null) return false;
  const [, memoryKib, passes, lanes, salt = '', tag = ''] = parts;
  const costs = { memoryKib: Number(memoryKib), passes: Number(passes), lanes: Number(lanes) };
  const wanted = Buffer.from(tag, 'base64');
  const found = await tagOf(password, Buffer.from(salt, 'base64'), costs);
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}

async function tagOf(password: SecretString, nonce: Buffer, costs: HashCosts): Promise<Buffer> {
  const text = password.reveal().normalize('NFC');
  const work = queue.then(() =>
    derive('argon2id', {
      message: Buffer.from(text, 'utf8'),
      nonce,
      parallelism: costs.lanes,
      tagLength: tagBytes,
      memory: costs.memoryKib,
      passes: costs.passes,
    }),
  );
  queue = work.catch(() => {});
  return work;
}

function plain(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
