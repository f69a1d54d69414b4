// Talks to the API of the service that served this page, and to nothing else.
import type { Problem } from '../../../src/api/schemas/common.ts';

/** A refusal, with the code, what happened and what to do. */
export class ApiFailure extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ApiFailure';
    this.problem = problem;
  }
}

// The page asks again by itself; only what a person does keeps the sign-in alive.
let touchedAt = performance.now();
for (const event of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
  addEventListener(event, () => (touchedAt = performance.now()), { passive: true, capture: true });
}
const idleAfterMs = 60_000;

/** Asks the API. @throws ApiFailure; its code is `console.unreachable` when nobody answers. */
export async function api<Answer>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer> {
  const isIdle = performance.now() - touchedAt > idleAfterMs;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(isIdle ? { 'x-orbit-idle': '1' } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw pageFailure('console.unreachable', error);
  }
  const text = await response.text();
  const value = readJson(text);
  if (value === undefined) throw pageFailure('console.unreachable', response.status);
  if (!response.ok) throw new ApiFailure(value as Problem);
  return value as Answer;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What went wrong in the page itself, before the service could say anything. `code` has its words in the texts. */
export function pageFailure(code: 'console.unreachable' | 'console.no-passkey', detail: unknown): ApiFailure {
  return new ApiFailure({ type: 'about:blank', title: '', status: 0, code, detail: String(detail) });
}
