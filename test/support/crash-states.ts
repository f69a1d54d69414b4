// What an operation leaves behind when the machine dies, or a call goes wrong, at each of its calls in turn.
import type { Backend } from '../../src/backends/backend.ts';
import { atCall, CrashError, faultyBackend, type Fault } from '../../src/backends/faulty.ts';
import { isFailure } from '../../src/base/failure.ts';
import { backendWith, nameState, type Objects, unlocked } from './history.ts';

const atOnce = 12;

/** Runs `work` with a fault at its first operation, its second, … until it gets through. Gives every state left behind once. */
export async function statesAfter(
  start: Objects,
  fault: Fault,
  isDropping: boolean,
  work: (backend: Backend) => Promise<unknown>,
): Promise<Map<string, Objects>> {
  const states = new Map<string, Objects>();
  const attempt = async (at: number): Promise<boolean> => {
    const inner = backendWith(start);
    const backend = faultyBackend(inner, atCall(at, fault), { dropsUnacknowledged: isDropping });
    await work(backend).catch((error: unknown) => {
      if (!(error instanceof CrashError) && !isFailure(error)) throw error;
    });
    await backend.quiet();
    const name = nameState(inner.objects, start);
    if (!states.has(name)) states.set(name, unlocked(inner.objects));
    return backend.tripped;
  };
  // Side by side, because each waits for its locks.
  for (let at = 1; at < 500; at += atOnce) {
    const tripped = await Promise.all(Array.from({ length: atOnce }, (_, more) => attempt(at + more)));
    if (tripped.includes(false)) return states;
  }
  throw new Error('the work never gets through');
}

/** Does `work` for each item, so many at once. */
export async function eachAtOnce<Item>(
  count: number,
  items: Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const next = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: count }, next));
}
