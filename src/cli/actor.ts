// Who acts on the command line.
import { userInfo } from 'node:os';

/** The person at this terminal, as far as the machine knows. */
export function actor(): { user: string; method: string } {
  return { user: userInfo().username, method: 'CLI' };
}
