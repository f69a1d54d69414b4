// Objects that may be gone: somebody removes one between a listing and the look at it, or it was never stored.
import { isFailure } from '../base/failure.ts';

/** What a call about one object gives; undefined where a place has no such object. */
export async function ifThere<Result>(asked: Promise<Result>): Promise<Result | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isFailure(error, 'backend.not-found')) return undefined;
    throw error;
  }
}
