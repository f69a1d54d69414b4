// Loaded into each process of tests before its file: see src/base/end-at-once.ts.
import { endAtOnce } from '../../src/base/end-at-once.ts';

await endAtOnce();
