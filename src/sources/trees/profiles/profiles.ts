// The kinds of profile there are. A new one is its file, its test and a line here.
import { Failure } from '../../../base/failure.ts';
import { guacamole } from './guacamole.ts';
import { host } from './host/host.ts';
import { jumpserver } from './jumpserver.ts';
import { keycloak } from './keycloak.ts';
import { mariadb } from './mariadb.ts';
import { openbaoRaft } from './openbao.ts';
import { passbolt } from './passbolt.ts';
import { postgresql } from './postgresql.ts';
import type { ProfileKind } from './profile.ts';
import { sqlite } from './sqlite.ts';
import { teleport } from './teleport.ts';
import { vaultwarden } from './vaultwarden.ts';

/** Every kind, in the order in which lists show them. */
export const profileKinds = [
  host,
  postgresql,
  mariadb,
  sqlite,
  openbaoRaft,
  vaultwarden,
  guacamole,
  jumpserver,
  passbolt,
  teleport,
  keycloak,
] as ProfileKind<unknown>[];

/** The kind of that name. @throws Failure `profiles.unknown-kind` */
export function profileKind(kind: string): ProfileKind<unknown> {
  const found = profileKinds.find((each) => each.kind === kind);
  if (found !== undefined) return found;
  throw new Failure('profiles.unknown-kind', {
    message: `there is no profile '${kind}'`,
    hint: `There are: ${profileKinds.map((each) => each.kind).join(', ')}.`,
  });
}
