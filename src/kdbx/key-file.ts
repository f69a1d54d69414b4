// Key files: the kinds KeePass knows (keepass.info, "Key Files"), and the one we make (XML, version 2.0).
import { Failure } from '../base/failure.ts';
import { fromBase64 } from './base64.ts';
import { fromHex, sameBytes, toHex, utf8 } from './bytes.ts';
import type { KdbxCrypto } from './kdbx-crypto.ts';

/**
 * The 32 bytes a key file stands for: an XML key file, 32 raw bytes, 64 hexadecimal digits, or the SHA-256 of any
 * other file. Throws `kdbx.key-file-damaged` for an XML key file whose key does not fit its own check value.
 */
export async function keyOfKeyFile(crypto: KdbxCrypto, content: Uint8Array): Promise<Uint8Array> {
  const xml = content.length <= 64 * 1024 ? await keyOfXml(crypto, content) : undefined;
  if (xml !== undefined) return xml;
  if (content.length === 32) return content;
  if (content.length === 64) {
    const key = fromHex(new TextDecoder('latin1').decode(content));
    if (key !== undefined) return key;
  }
  return crypto.sha256(content);
}

/** An XML key file (version 2.0) of 32 bytes: KeePass 2.47, KeePassXC 2.7 and newer read it. */
export async function makeKeyFile(crypto: KdbxCrypto, key: Uint8Array): Promise<Uint8Array> {
  const hash = toHex((await crypto.sha256(key)).subarray(0, 4)).toUpperCase();
  const digits = toHex(key).toUpperCase().match(/.{8}/g) ?? [];
  const lines = [digits.slice(0, 4).join(' '), digits.slice(4).join(' ')];
  return utf8(
    `<?xml version="1.0" encoding="utf-8"?>\n<KeyFile>\n  <Meta>\n    <Version>2.0</Version>\n  </Meta>\n  <Key>\n` +
      `    <Data Hash="${hash}">\n      ${lines.join('\n      ')}\n    </Data>\n  </Key>\n</KeyFile>\n`,
  );
}

async function keyOfXml(crypto: KdbxCrypto, content: Uint8Array): Promise<Uint8Array | undefined> {
  const text = new TextDecoder().decode(content);
  // Two fixed shapes, no general XML: nothing in them needs a parser.
  if (!/^\s*(<\?xml[^>]*>\s*)?(<!--[^>]*-->\s*)?<KeyFile[\s>]/.test(text)) return undefined;
  const version = /<Version>\s*([0-9.]+)\s*<\/Version>/.exec(text)?.[1];
  const data = /<Data(?:\s+Hash="([0-9a-fA-F]{8})")?\s*>([^<]*)<\/Data>/.exec(text);
  if (version === undefined || data === null) throw damagedKeyFile('its version or key is missing');
  const [, hash, value = ''] = data;
  if (version.startsWith('1.')) {
    const key = fromBase64(value);
    if (key?.length !== 32) throw damagedKeyFile('its key is not 32 bytes in base64');
    return key;
  }
  if (!version.startsWith('2.')) throw damagedKeyFile(`its version ${version} is unknown`);
  const key = fromHex(value.replaceAll(/\s/g, ''));
  if (key?.length !== 32) throw damagedKeyFile('its key is not 64 hexadecimal digits');
  const expected = fromHex(hash ?? '');
  if (expected === undefined || !sameBytes(expected, (await crypto.sha256(key)).subarray(0, 4))) {
    throw damagedKeyFile('its key does not fit its check value');
  }
  return key;
}

function damagedKeyFile(why: string): Failure {
  return new Failure('kdbx.key-file-damaged', {
    message: `the key file cannot be used: ${why}`,
    hint: 'Take another copy of the key file, or type it again from its printout.',
  });
}
