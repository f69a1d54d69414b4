// Talks to the service that holds the sealed sheet: three requests, each answered once.
import type { Link } from './link.ts';

/** What stands beside the sealed sheet. */
export interface SealedAnswer {
  sealed: string;
  custodian: string;
  share: number;
  threshold: number;
}

/** The service refused, or could not be reached. `code` is empty when it did not answer. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** Takes the sealed sheet; the service forgets it in the same moment. @throws Refused */
export async function takeSheet(link: Link): Promise<SealedAnswer> {
  return (await post('open', { id: link.id, proof: link.proof })) as SealedAnswer;
}

/** Tells the service what was done with the sheet. @throws Refused */
export async function markSheet(link: Link, mark: 'printed' | 'confirmed', digest?: string): Promise<void> {
  await post('mark', { id: link.id, proof: link.proof, mark, ...(digest === undefined ? {} : { digest }) });
}

async function post(path: string, body: object): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1/share-links/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refused('');
  }
  const json = (await answer.json()) as { code?: string };
  if (!answer.ok) throw new Refused(json.code ?? '');
  return json;
}
