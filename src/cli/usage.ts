// The failure of a command line that cannot be understood.
import { Failure } from '../base/failure.ts';

/** Ends the command with exit code 2 and says how to write it. */
export function usageFailure(message: string, hint: string): Failure {
  return new Failure('cli.usage', { message, hint });
}
