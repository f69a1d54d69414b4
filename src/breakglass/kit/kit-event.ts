// What a run over a kit tells on its way.

/** News of a kit on its way. */
export type KitEvent =
  | { type: 'secrets-read'; records: number }
  | { type: 'file-stored'; name: string; bytes: number }
  | { type: 'file-verified'; name: string; bytes: number }
  | { type: 'secrets-verified'; records: number };
