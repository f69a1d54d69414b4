// The documented state endpoint for load balancers and monitors: one status code says it all, and only listed addresses
// are answered.
import { BlockList, isIP } from 'node:net';
import { Failure } from '../base/failure.ts';
import type { App } from '../app.ts';
import { findMaintenance } from '../jobs/maintenance.ts';
import { readReadiness } from '../jobs/readiness.ts';

/** The documented address, and ours. */
export const statePaths = ['/state', '/flow/orbit/mntr'] as const;

/** True for an address at which the state is told. */
export function isStatePath(url: string): boolean {
  return statePaths.some((path) => path === url);
}

/** The answer: its status code and one word. */
export interface State {
  status: 200 | 203 | 403 | 503;
  state: 'ready' | 'partly' | 'inactive' | 'not-ready';
}

/**
 * 200: everything could be recovered. 203: something is late or missing, or only while this machine lives. 403: inactive, in
 * maintenance. 503: nothing could be recovered. (451, a licence that expired, does not exist here.)
 */
export function readState({ store, clock }: Pick<App, 'store' | 'clock'>): State {
  if (findMaintenance({ store, clock }) !== undefined) return { status: 403, state: 'inactive' };
  const { verdict } = readReadiness(store, clock);
  if (verdict === 'yes') return { status: 200, state: 'ready' };
  return verdict === 'no' ? { status: 503, state: 'not-ready' } : { status: 203, state: 'partly' };
}

/** Addresses and networks (`10.0.0.0/8`) that are answered; loopback always. @throws Failure `api.bad-address`. */
export function allowList(texts: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  list.addAddress('::1', 'ipv6');
  for (const text of texts) {
    const [address = '', bits] = text.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const most = family === 'ipv6' ? 128 : 32;
    if (isIP(address) === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most))) {
      throw new Failure('api.bad-address', {
        message: `'${text}' is no address and no network`,
        hint: 'Give 192.0.2.7 or 10.0.0.0/8.',
      });
    }
    list.addSubnet(address, bits === undefined ? most : Number(bits), family);
  }
  return (address) => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
    return isIP(plain) !== 0 && list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
  };
}
