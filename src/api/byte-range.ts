// Ranges of HTTP (RFC 9110 section 14): one range of bytes, as browsers ask for videos.
import { Failure } from '../base/failure.ts';

/** The range that a request asks for; undefined for all of it. @throws Failure `api.bad-range` when nothing of it exists */
export function byteRange(header: string | undefined, size: number): { offset: number; length: number } | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  // Several ranges, other units and nonsense are answered with all of it, which the standard allows.
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  const offset = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (offset < end) return { offset, length: end - offset };
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  throw new Failure('api.bad-range', {
    message: `there are no bytes ${header?.slice(6)} of ${size}`,
    hint: 'Ask for a range below the size.',
    facts: { size },
  });
}
