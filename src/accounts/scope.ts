// What there is to be allowed: the one table that routes, roles and tokens are read off.
import { Failure } from '../base/failure.ts';
import type { Bilingual } from '../base/language.ts';
import { type Role, roles } from './role.ts';

interface ScopeFacts {
  /** Whose accounts may do it. A token may when it was given the scope. */
  roles: readonly Role[];
  title: Bilingual;
}

const administrators: readonly Role[] = ['administrator'];
const operators: readonly Role[] = ['administrator', 'operator'];
const readers: readonly Role[] = ['administrator', 'operator', 'auditor'];
// Those who run backups need not see what administrators of other systems did in their recordings.
const watchers: readonly Role[] = ['administrator', 'auditor'];

const table = {
  'state:read': of(roles, 'See whether we could recover', 'Ver se poderíamos recuperar'),
  'recovery:read': of(roles, 'See public facts of the recovery key', 'Ver dados públicos da chave de recuperação'),
  'metrics:read': of(readers, 'Read metrics', 'Ler métricas'),
  'health:read': of(readers, 'Read what orbit doctor finds', 'Ler o que o orbit doctor encontra'),
  'backups:read': of(readers, 'See runs, copies and holds', 'Ver execuções, cópias e retenções'),
  'backups:run': of(operators, 'Start and cancel runs', 'Iniciar e cancelar execuções'),
  'backups:browse': of(operators, 'Look into backups and download files', 'Abrir backups e baixar arquivos'),
  'backups:protect': of(operators, 'Protect backups from retention', 'Proteger backups da retenção'),
  'backups:legal-hold': of(administrators, 'Begin and end legal holds', 'Iniciar e encerrar retenções legais'),
  'backups:retain': of(administrators, 'Let go of backups by retention', 'Descartar backups pela retenção'),
  'backups:delete': of(administrators, 'Delete backups one by one', 'Apagar backups um a um'),
  'restores:read': of(readers, 'See restores', 'Ver restaurações'),
  'restores:run': of(administrators, 'Restore to a place', 'Restaurar em um lugar'),
  'kits:read': of(readers, 'List kits and the state of secrets', 'Listar kits e o estado dos segredos'),
  'kits:download': of(operators, 'Download kits, which stay sealed', 'Baixar kits, que continuam selados'),
  'drills:read': of(readers, 'Read reports of drills', 'Ler relatórios de ensaios'),
  'drills:run': of(operators, 'Start drills', 'Iniciar ensaios'),
  'recordings:read': of(readers, 'Find recordings', 'Encontrar gravações'),
  'recordings:watch': of(watchers, 'Watch recordings', 'Assistir gravações'),
  'recordings:export': of(administrators, 'Export recordings', 'Exportar gravações'),
  'recordings:hold': of(administrators, 'Hold recordings', 'Reter gravações'),
  'settings:read': of(readers, 'Read settings, without secrets', 'Ler configurações, sem segredos'),
  'settings:test': of(operators, 'Test destinations, sources and channels', 'Testar destinos, fontes e canais'),
  'settings:write': of(administrators, 'Change settings', 'Alterar configurações'),
  'incidents:read': of(readers, 'See what was wrong and when', 'Ver o que deu errado e quando'),
  'incidents:resolve': of(operators, 'Say that an incident is over', 'Dar um incidente por encerrado'),
  'maintenance:write': of(operators, 'Begin and end maintenance', 'Iniciar e encerrar manutenção'),
  'custody:read': of(readers, 'See ceremonies and custodians', 'Ver cerimônias e custodiantes'),
  'custody:write': of(administrators, 'Hold ceremonies, change custodians', 'Fazer cerimônias, alterar custodiantes'),
  'audit:read': of(readers, 'Read the audit trail', 'Ler a trilha de auditoria'),
  'approvals:read': of(readers, 'See what waits for approval', 'Ver o que espera aprovação'),
  'approvals:decide': of(administrators, 'Decide requests, set four eyes', 'Decidir pedidos, configurar quatro olhos'),
  'accounts:read': of(administrators, 'See accounts, sign-ins and tokens', 'Ver contas, acessos e tokens'),
  'accounts:write': of(administrators, 'Change accounts and tokens', 'Alterar contas e tokens'),
} satisfies Record<string, ScopeFacts>;

/** Something that can be allowed, `what:verb`. */
export type Scope = keyof typeof table;

/** Every scope, in the order people read them. */
export const scopes = Object.keys(table) as [Scope, ...Scope[]];

/** What a token may do when nothing else was asked for: see whether we could recover. */
export const leastScopes: readonly Scope[] = ['state:read'];

/** What a scope means, and which roles have it. */
export function scopeFacts(scope: Scope): ScopeFacts {
  return table[scope];
}

/** All that accounts of a role may do. */
export function scopesOf(role: Role): Scope[] {
  return scopes.filter((scope) => scopeFacts(scope).roles.includes(role));
}

/** The least role that may do all of it; what events and the audit trail say of a token. */
export function roleFor(wanted: readonly Scope[]): Role {
  return roles.findLast((role) => wanted.every((scope) => scopeFacts(scope).roles.includes(role))) ?? 'administrator';
}

/** Reads a list of scopes, each once, in the table's order. @throws Failure `accounts.no-such-scope`. */
export function readScopes(given: readonly string[]): Scope[] {
  const unknown = given.find((each) => !Object.hasOwn(table, each));
  if (unknown === undefined) return scopes.filter((scope) => given.includes(scope));
  throw new Failure('accounts.no-such-scope', {
    message: `there is no scope '${unknown}'`,
    hint: 'orbit token scopes lists them.',
  });
}

function of(allowed: readonly Role[], en: string, pt: string): ScopeFacts {
  return { roles: allowed, title: { en, pt } };
}
