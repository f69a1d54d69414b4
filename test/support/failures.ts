// For `assert.rejects(promise, failure('code'))`.
import { isFailure } from '../../src/base/failure.ts';

/** A check that an error is a Failure with this code, and, when given, that its message or hint matches. */
export function failure(code: string, text?: RegExp): (error: unknown) => boolean {
  return (error) => {
    if (!isFailure(error)) throw error;
    if (error.code !== code) throw new Error(`expected ${code}, got ${error.code}: ${error.message}`, { cause: error });
    if (text !== undefined && !text.test(`${error.message}\n${error.hint ?? ''}`)) {
      throw new Error(`${error.message} does not match ${text}`, { cause: error });
    }
    return true;
  };
}
