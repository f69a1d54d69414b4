// The shape of a failure in Portuguese.

/** What happened, and what to do, by code; names come from the English message. */
export type FailureTexts = Record<string, { detail: string; hint: string }>;
