// The built-in vault as a source.
import { z } from 'zod';
import type { SecretSourceKind } from '../secret-source.ts';

const config = z.strictObject({});

/** The vault of this instance. It needs no settings. */
export const builtin: SecretSourceKind<z.infer<typeof config>> = {
  kind: 'builtin',
  title: 'Built-in vault',
  config,
  open: async (_config, { vault }) => ({
    census: async () => ({ ids: vault.ids() }),
    async *read() {
      await vault.quicken();
      yield* vault.records();
    },
    close: async () => {},
  }),
};
