import { describeBackend } from '../../test/support/describe-backend.ts';
import { faultyBackend } from './faulty.ts';
import { memoryBackend } from './memory.ts';

describeBackend('memory', async () => memoryBackend());
describeBackend('a faulty backend with nothing to do', async () => faultyBackend(memoryBackend(), () => undefined));
