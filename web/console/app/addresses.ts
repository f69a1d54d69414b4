// Addresses of the API that several pages use.
import type { KitView } from '../../../src/api/schemas/kits.ts';

const each = (...parts: string[]): string => parts.map(encodeURIComponent).join('/');

/** A kit, below `/api/v1`. */
export function kitAddress({ job, destination, name }: Pick<KitView, 'job' | 'destination' | 'name'>): string {
  return `/kits/${each(job, destination, name)}`;
}

/** A copy that can be looked into, below `/api/v1`. */
export function copyAddress({ destination, kind }: { destination: string; kind: string }): string {
  return `/copies/${each(destination, kind)}`;
}
