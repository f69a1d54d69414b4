// The answer of ListObjectsV2, read by an XML parser that knows no entities but its own.
import { SaxesParser } from 'saxes';
import type { StoredObject } from '../backend.ts';
import { malformed } from '../failures.ts';

/** One page of a listing. `nextToken` is missing on the last one. */
export interface BucketPage {
  objects: StoredObject[];
  nextToken?: string;
}

/** Reads a page. Keys come URL-encoded (`encoding-type=url`). @throws Failure `backend.protocol` when it is no such answer. */
export function parseBucketListing(xml: string): BucketPage {
  const page: BucketPage = { objects: [] };
  const path: string[] = [];
  let text = '';
  let key = '';
  let size = 0;
  const parser = new SaxesParser();
  parser.on('opentag', ({ name }) => {
    path.push(name);
    text = '';
  });
  parser.on('text', (piece) => {
    text += piece;
  });
  parser.on('closetag', () => {
    switch (path.slice(1).join('/')) {
      case 'Contents/Key':
        key = decoded(text);
        break;
      case 'Contents/Size':
        size = Number(text);
        break;
      case 'Contents':
        page.objects.push({ key, size });
        break;
      case 'NextContinuationToken':
        page.nextToken = text;
        break;
      default:
        break;
    }
    path.pop();
    text = '';
  });
  try {
    parser.write(xml).close();
  } catch (error) {
    throw malformed(`no XML: ${error instanceof Error ? error.message : ''}`);
  }
  return page;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text; // A name that nobody of ours wrote: it is no key and will be left out.
  }
}
