// The fields of the password policy, and what a password can lack. Only zod here: the console imports these types too.
import { z } from 'zod';

const classes = ['lower', 'upper', 'digits', 'symbols'] as const;

/** The schema of the policy: forms, flags and the API read it. */
export const passwordPolicy = z.strictObject({
  minimumLength: z
    .number()
    .int()
    .min(1)
    .max(1024)
    .default(12)
    .meta({ title: 'Least length', description: 'characters' }),
  minimumBits: z.number().int().min(0).max(200).default(40).meta({
    title: 'Least guessing work',
    description: 'bits, as estimated from words, names, dates and rows of keys; 0 asks for none',
  }),
  classes: z
    .array(z.enum(classes))
    .default([])
    .meta({ title: 'Must have', description: 'lower, upper, digits, symbols; empty asks for none' }),
  refuseUserName: z
    .boolean()
    .default(true)
    .meta({ title: 'Refuse the user name', description: 'a password that holds it is not as it should be' }),
  refuseReuse: z
    .boolean()
    .default(true)
    .meta({ title: 'Refuse passwords used again', description: 'the same one in two secrets of a backup' }),
  maximumAgeDays: z
    .number()
    .int()
    .min(1)
    .max(36_500)
    .optional()
    .meta({ title: 'Greatest age', description: 'days since the last change; empty for no limit' }),
});

/** What a password in the vault should be like. */
export type PasswordPolicy = z.output<typeof passwordPolicy>;

/** What a password lacks. `old` depends on the day, `reused` on the other secrets; all others are told by the password itself. */
export const policyFaults = ['short', 'guessable', ...classes, 'user-name', 'reused', 'old'] as const;

/** What a password lacks. */
export type PolicyFault = (typeof policyFaults)[number];
