// The built-in vault as a source.
import { z } from 'zod';
import { throwIfAborted } from '../../../base/operation.ts';
import type { SecretSourceKind } from '../secret-source.ts';

const config = z.strictObject({});

/** The vault of this instance. It needs no settings. */
export const builtin: SecretSourceKind<z.infer<typeof config>> = {
  kind: 'builtin',
  title: 'Built-in vault',
  config,
  open: async (_config, { vault }) => ({
    census: async () => ({ ids: vault.ids() }),
    async *read(options = {}) {
      await vault.quicken();
      for (const secret of vault.records()) {
        throwIfAborted(options.signal);
        yield secret;
      }
    },
    close: async () => {},
  }),
};
