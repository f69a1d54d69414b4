// What the doctor says.

/** What was found of one matter. */
export interface Finding {
  /** Never changes. */
  check: string;
  verdict: 'ok' | 'warning' | 'broken';
  found: string;
  /** What to do. */
  cure?: string;
}
