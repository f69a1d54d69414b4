// Whether file systems are held still while they are read, the same in every face. Only zod here: the console imports these types too.
import { z } from 'zod';

/** `auto`: those that can are read from snapshots of their own. */
export const stillsPlan = z.enum(['auto', 'off']);
