// The shape of a failure in Portuguese.

/** What happened, and what to do; names come from the English message. */
export interface FailureText {
  detail: string;
  hint: string;
}

/** Such texts by code. */
export type FailureTexts = Record<string, FailureText>;
