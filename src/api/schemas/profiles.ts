// Profiles: what the system backup knows how to take consistently.
import { z } from 'zod';
import { formField } from './common.ts';

const bilingual = z.object({ en: z.string(), pt: z.string() });

/** The kinds of profile, with the fields of their forms. */
export const profileKinds = z.object({
  kinds: z.array(
    z.object({
      kind: z.string(),
      title: z.string(),
      about: z.object({ takes: bilingual, consistent: bilingual, back: bilingual }),
      /** Kinds one of which should be there too. */
      companions: z.array(z.string()),
      fields: z.array(formField),
    }),
  ),
});

/** The kinds of profile. */
export type ProfileKindsView = z.infer<typeof profileKinds>;

/** Those that this machine needs, with the settings that fit it, secret ones left out. */
export const foundProfiles = z.object({
  found: z.array(z.object({ kind: z.string(), config: z.record(z.string(), z.unknown()) })),
});

/** Those that this machine needs. */
export type FoundProfilesView = z.infer<typeof foundProfiles>;

/** A profile to be taken; one of the same name is replaced. */
export const newProfile = z.strictObject({
  name: z.string().max(41),
  kind: z.string().max(40),
  config: z.record(z.string(), z.unknown()).default({}),
});
