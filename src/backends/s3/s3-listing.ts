// The answer of ListObjectsV2, read by an XML parser that knows no entities but its own.
import { SaxesParser } from 'saxes';
import type { StoredObject } from '../backend.ts';
import { malformed } from '../failures.ts';

/** One page of a listing. `nextToken` is missing on the last one. */
export interface BucketPage {
  objects: StoredObject[];
  nextToken?: string;
}

/**
 * Reads a page. Keys come URL-encoded (`encoding-type=url`). @throws Failure `backend.protocol` when it is no such answer, or says that
 * more follows and not how to ask for it: what is missing from a listing would pass for removed.
 */
export function parseBucketListing(xml: string): BucketPage {
  const page: BucketPage = { objects: [] };
  const path: string[] = [];
  let text = '';
  let key = '';
  let size = '';
  let isTruncated = false;
  let root = '';
  const parser = new SaxesParser();
  parser.on('opentag', ({ name }) => {
    if (path.length === 0) root = name;
    if (path.push(name) > depthMax) throw new Error('nested too deeply');
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
        size = text;
        break;
      case 'Contents':
        page.objects.push({ key, size: sizeOf(size) });
        [key, size] = ['', ''];
        break;
      case 'NextContinuationToken':
        page.nextToken = text;
        break;
      case 'IsTruncated':
        isTruncated = text.trim() === 'true';
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
    throw malformed(`no listing: ${error instanceof Error ? error.message : ''}`);
  }
  if (root !== 'ListBucketResult') throw malformed(`'${root.slice(0, 60)}' instead of a listing`);
  if (isTruncated && (page.nextToken ?? '') === '') throw malformed('a listing that ends before its end');
  if (page.nextToken === '') delete page.nextToken;
  return page;
}

// Of a listing that is one.
const depthMax = 16;

function sizeOf(text: string): number {
  if (!/^\d{1,15}$/.test(text.trim())) throw new Error('an object without a size');
  return Number(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text; // A name that nobody of ours wrote: it is no key and will be left out.
  }
}
