// Time-based one-time codes (RFC 6238) from an otpauth URI, by WebCrypto.

/** How a secret's codes are made. */
export interface TotpSettings {
  secret: Uint8Array<ArrayBuffer>;
  hash: 'SHA-1' | 'SHA-256' | 'SHA-512';
  digits: number;
  periodSeconds: number;
}

/** Reads `otpauth://totp/…?secret=…` or a bare base32 secret; undefined when it is neither. */
export function parseTotp(text: string): TotpSettings | undefined {
  const parameters = text.startsWith('otpauth://totp/') ? new URLSearchParams(text.split('?', 2)[1]) : undefined;
  if (parameters === undefined && text.includes(':')) return undefined;
  const secret = bytesOfBase32(parameters?.get('secret') ?? text);
  const hash = { SHA1: 'SHA-1', SHA256: 'SHA-256', SHA512: 'SHA-512' } as const;
  const algorithm = (parameters?.get('algorithm') ?? 'SHA1').toUpperCase().replace('-', '');
  const digits = Number(parameters?.get('digits') ?? 6);
  const periodSeconds = Number(parameters?.get('period') ?? 30);
  if (secret === undefined || secret.length === 0 || !(algorithm in hash)) return undefined;
  if (!(digits >= 6 && digits <= 10) || !(periodSeconds >= 1 && periodSeconds <= 3600)) return undefined;
  return { secret, hash: hash[algorithm as keyof typeof hash], digits, periodSeconds };
}

/** The code at this time, and how many seconds it lives. */
export async function totpCode(settings: TotpSettings, nowMs: number): Promise<{ code: string; secondsLeft: number }> {
  const seconds = Math.floor(nowMs / 1000);
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(Math.floor(seconds / settings.periodSeconds)));
  const hmac = { name: 'HMAC', hash: settings.hash };
  const key = await crypto.subtle.importKey('raw', settings.secret, hmac, false, ['sign']);
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, counter.buffer));
  // RFC 4226, section 5.3: dynamic truncation.
  const offset = mac.getUint8(mac.byteLength - 1) & 15;
  const code = (mac.getUint32(offset) & 0x7fff_ffff) % 10 ** settings.digits;
  return {
    code: String(code).padStart(settings.digits, '0'),
    secondsLeft: settings.periodSeconds - (seconds % settings.periodSeconds),
  };
}

function bytesOfBase32(text: string): Uint8Array<ArrayBuffer> | undefined {
  const digits = text.toUpperCase().replace(/[\s=-]/g, '');
  if (!/^[A-Z2-7]*$/.test(digits)) return undefined;
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const digit of digits) {
    held = ((held << 5) | 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(digit)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 255);
  }
  return Uint8Array.from(bytes);
}
