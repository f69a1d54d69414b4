// Second factors of other programs as `otpauth://totp/` URIs (Key URI Format).

/** What a URI may say beside the secret. */
export interface OtpSettings {
  period?: string;
  digits?: string;
  algorithm?: string;
}

/** A base32 secret in its plain form, or undefined when the text is none. */
export function base32Of(text: string | undefined): string | undefined {
  const clean = text?.replaceAll(/[\s=-]/g, '').toUpperCase();
  return clean !== undefined && /^[A-Z2-7]+$/.test(clean) ? clean : undefined;
}

/** The URI of a base32 secret. */
export function otpUri(secret: string, label: string, settings: OtpSettings = {}): string {
  const { period = '30', digits = '6', algorithm = 'SHA1' } = settings;
  const name = encodeURIComponent(label.toWellFormed() || 'Orbit');
  return `otpauth://totp/${name}?secret=${secret}&period=${period}&digits=${digits}&algorithm=${algorithm}`;
}

/** A URI as it is, or one made of a base32 secret; undefined for HOTP, Steam and anything else. */
export function otpUriOf(text: string, label: string): string | undefined {
  const trimmed = text.trim();
  if (/^otpauth:\/\/totp\//i.test(trimmed)) return trimmed;
  const secret = base32Of(trimmed);
  return secret === undefined ? undefined : otpUri(secret, label);
}
