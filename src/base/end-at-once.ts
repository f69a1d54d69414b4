// The end of a process. Node takes V8 apart first and waits for its compilers, which may be waiting for the main thread by then:
// of some thousands of ends one never comes (nodejs/node#54918). The C library ends a process at once.
import { flushCompileCache } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { loadCLibrary, type NativeFunction } from './c-library.ts';

/** From now on the process ends at once when nothing is left to do. Where the C library cannot be reached it ends as Node has it. */
export async function endAtOnce(): Promise<void> {
  // A thread that ends is not the process; a profile is written while V8 is taken apart.
  if (!isMainThread || process.execArgv.some((flag) => /^--(cpu|heap)-prof$/.test(flag))) return;
  let end: NativeFunction;
  try {
    end = (await loadCLibrary()).bind('void _exit(int status)');
  } catch {
    return;
  }
  // Registered late, to be the last to hear of it.
  process.once('beforeExit', () => {
    process.on('exit', (code) => {
      flushCompileCache();
      end(code);
    });
  });
}
