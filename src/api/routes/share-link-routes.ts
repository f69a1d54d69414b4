// What a custodian's one-time link leads to. Nobody signs in here: whoever has the link is the custodian.
import { openCustodians, type ShareSet } from '../../breakglass/custodians.ts';
import { markAndTell } from '../../breakglass/custody-events.ts';
import { holderOfLink, openShareLink } from '../../breakglass/share-links.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { FastifyRequest } from 'fastify';
import { type AnyRoute, route } from '../route.ts';
import * as schemas from '../schemas/ceremony.ts';
import { nothing } from '../schemas/common.ts';
import type { ApiSite } from '../site.ts';

/** Routes behind the page of a custodian's link. */
export const shareLinkRoutes: AnyRoute[] = [
  route({
    method: 'POST',
    path: '/share-links/open',
    allow: 'anyone',
    summary: 'Give the sealed sheet behind a link, once: it is forgotten in the same moment',
    body: schemas.linkInput,
    answer: schemas.linkSheet,
    handle({ site, body, request }) {
      const link = limited(site, request, body.id, () => openShareLink(site, proofOf(body)));
      const custodians = openCustodians(site.store, site.clock);
      const set = custodians.set(link.setId);
      markAndTell(site, fromOf(request), custodians, { set, number: link.number }, 'viewed');
      return {
        sealed: link.sealed.toString('base64'),
        custodian: nameOf(set, link.number),
        share: link.number,
        threshold: set.threshold,
      };
    },
  }),
  route({
    method: 'POST',
    path: '/share-links/mark',
    allow: 'anyone',
    summary: 'Note that the custodian printed the sheet, or typed its words back',
    body: schemas.linkMark,
    answer: nothing,
    handle({ site, body, request }) {
      const { setId, number } = limited(site, request, body.id, () => holderOfLink(site, proofOf(body)));
      const custodians = openCustodians(site.store, site.clock);
      const set = custodians.set(setId);
      if (body.mark === 'confirmed' && !custodians.isDigestOf(setId, number, Buffer.from(body.digest ?? '', 'hex'))) {
        throw new Failure('breakglass.false-share', {
          message: 'these are not the words of the share that was made for you',
          hint: 'Compare every word with your sheet.',
        });
      }
      markAndTell(site, fromOf(request), custodians, { set, number }, body.mark);
      return {};
    },
  }),
];

function proofOf(body: { id: string; proof: string }): { id: string; proof: Buffer } {
  return { id: body.id, proof: Buffer.from(body.proof, 'base64url') };
}

function fromOf(request: FastifyRequest): { address: string; method: string } {
  return { address: request.ip, method: 'link' };
}

// 256 bits cannot be guessed; whoever tries is slowed down all the same, and nobody else with them.
function limited<Result>({ limit }: ApiSite, request: FastifyRequest, id: string, work: () => Result): Result {
  const name = `share link ${id}`;
  limit.check(request.ip, name);
  try {
    return work();
  } catch (error) {
    if (isFailure(error)) limit.refused(request.ip, name);
    throw error;
  }
}

function nameOf(set: ShareSet, number: number): string {
  return set.holders.find((holder) => holder.number === number)?.custodian.name ?? '';
}
