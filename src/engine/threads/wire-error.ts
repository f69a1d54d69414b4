// Errors on their way from one thread to another: what structured cloning would lose is kept.
import { Failure, isFailure, systemErrorCode } from '../../base/failure.ts';

/** An error that can travel between threads. */
export interface WireError {
  isFailure: boolean;
  code: string | undefined;
  message: string;
  hint: string | undefined;
}

/** Takes an error apart for the journey. */
export function toWire(error: unknown): WireError {
  const message = error instanceof Error ? error.message : String(error);
  if (isFailure(error)) return { isFailure: true, code: error.code, message, hint: error.hint };
  return { isFailure: false, code: systemErrorCode(error), message, hint: undefined };
}

/** Puts it together again. */
export function fromWire({ isFailure, code, message, hint }: WireError): Error {
  if (isFailure && code !== undefined) return new Failure(code, { message, ...(hint === undefined ? {} : { hint }) });
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
