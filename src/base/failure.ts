// A failure is a day we knew would come: it has a code, names, and advice. A bug trips an assert instead.

/** What a failure says besides its code. `hint` is the cure, in one sentence, for whoever reads it at three in the morning. */
export interface FailureDetails {
  message: string;
  hint?: string;
  cause?: unknown;
  /** Facts for machines (`--json`, logs, events). Never a secret. */
  facts?: Record<string, string | number | boolean>;
}

/**
 * An expected failure. Its `code` is `room.what-happened`, never changes, and has a paragraph in `docs/errors.md`.
 */
export class Failure extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly facts: Record<string, string | number | boolean>;

  constructor(code: string, details: FailureDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Failure';
    this.code = code;
    this.hint = details.hint;
    this.facts = details.facts ?? {};
  }

  toJSON(): { code: string; message: string; hint?: string; facts?: Record<string, string | number | boolean> } {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(Object.keys(this.facts).length === 0 ? {} : { facts: this.facts }),
    };
  }
}

/** True when `error` is a Failure, and has this code when one is given. */
export function isFailure(error: unknown, code?: string): error is Failure {
  return error instanceof Failure && (code === undefined || error.code === code);
}

// Linux has names for these, Node has none ("Unknown system error -116").
const namelessErrors: Record<string, string> = { '-116': 'ESTALE', '-122': 'EDQUOT' };

/** The `errno` name (`ENOENT`, `EACCES` ...) of a system error, or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (typeof error.code !== 'string') return undefined;
  const [, number = ''] = /^Unknown system error (-\d+)$/.exec(error.code) ?? [];
  return namelessErrors[number] ?? error.code;
}
