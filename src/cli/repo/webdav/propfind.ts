// What a PROPFIND asks for, and how it is answered (RFC 4918, class 1).
import { SaxesParser } from 'saxes';
import type { Resource } from './view.ts';

/** A property by its namespace and name. */
export interface PropertyName {
  namespace: string;
  name: string;
}

/** `all` properties, only their `names`, or the ones that are listed. */
export type Wanted = 'all' | 'names' | PropertyName[];

const dav = 'DAV:';
const propertiesMax = 200;

/** Reads the body of a PROPFIND; an empty one asks for everything. Undefined for one that is none. */
export function readPropfind(body: string): Wanted | undefined {
  if (body.trim() === '') return 'all';
  const parser = new SaxesParser({ xmlns: true });
  const path: string[] = [];
  const listed: PropertyName[] = [];
  let wanted: 'all' | 'names' | 'listed' | undefined;
  let isBroken = false;
  parser.on('error', () => (isBroken = true));
  // Entities of its own would be the only way to make a small body large.
  parser.on('doctype', () => (isBroken = true));
  parser.on('opentag', ({ uri, local }) => {
    const parent = path.join(' ');
    if (path.length === 0 && !(uri === dav && local === 'propfind')) isBroken = true;
    if (parent === 'DAV:propfind' && uri === dav) {
      if (local === 'allprop') wanted = 'all';
      if (local === 'propname') wanted = 'names';
      if (local === 'prop') wanted = 'listed';
    }
    if (parent === 'DAV:propfind DAV:prop') listed.push({ namespace: uri, name: local });
    path.push(`${uri}${local}`);
  });
  parser.on('closetag', () => void path.pop());
  try {
    parser.write(body).close();
  } catch {
    return undefined;
  }
  if (isBroken || wanted === undefined || listed.length > propertiesMax) return undefined;
  return wanted === 'listed' ? listed : wanted;
}

/** The start and the end of an answer with one `response` for each resource between them. */
export const multistatus = {
  start: '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">\n',
  end: '</D:multistatus>\n',
};

/** One resource of an answer. `href` is encoded already. */
export function responseOf(href: string, resource: Resource, wanted: Wanted): string {
  const known = propertiesOf(resource);
  const statuses: string[] = [];
  if (wanted === 'names')
    statuses.push(
      propstat(
        [...known.keys()].map((name) => `<D:${name}/>`),
        '200 OK',
      ),
    );
  else if (wanted === 'all')
    statuses.push(
      propstat(
        [...known].map(([name, value]) => `<D:${name}>${value}</D:${name}>`),
        '200 OK',
      ),
    );
  else {
    const has = ({ namespace, name }: PropertyName): boolean => namespace === dav && known.has(name);
    const found = wanted.filter(has).map(({ name }) => `<D:${name}>${known.get(name)}</D:${name}>`);
    const missing = wanted
      .filter((property) => !has(property))
      .map(({ namespace, name }) =>
        namespace === dav ? `<D:${name}/>` : `<${name} xmlns="${escapeXml(namespace)}"/>`,
      );
    if (found.length > 0 || missing.length === 0) statuses.push(propstat(found, '200 OK'));
    if (missing.length > 0) statuses.push(propstat(missing, '404 Not Found'));
  }
  return `<D:response><D:href>${escapeXml(href)}</D:href>${statuses.join('')}</D:response>\n`;
}

function propstat(properties: string[], status: string): string {
  return `<D:propstat><D:prop>${properties.join('')}</D:prop><D:status>HTTP/1.1 ${status}</D:status></D:propstat>`;
}

function propertiesOf({ name, modifiedAt, size, etag }: Resource): Map<string, string> {
  const isFile = size !== undefined;
  return new Map([
    ['displayname', escapeXml(name.toString('utf8'))],
    ['resourcetype', isFile ? '' : '<D:collection/>'],
    ['getlastmodified', modifiedAt.toUTCString()],
    ['creationdate', modifiedAt.toISOString()],
    ...(isFile
      ? ([
          ['getcontentlength', String(size)],
          ['getcontenttype', 'application/octet-stream'],
          ['getetag', escapeXml(etag ?? '')],
        ] as const)
      : []),
  ]);
}

// Signs that XML does not know at all are left out; the name itself is in the address.
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
