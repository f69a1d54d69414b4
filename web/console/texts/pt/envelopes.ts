// Portuguese: envelopes, the parts of a kit that a team opens alone.

export const envelopes = {
  tab: 'Para equipes',
  lead: 'Partes de cada kit que uma equipe abre com as próprias chaves, e mais nada. A chave de recuperação continua abrindo tudo.',
  add: 'Criar um envelope',
  edit: 'Mudar {{title}}',
  emptyTitle: 'Nenhum envelope ainda',
  emptyHint:
    'Dê a uma equipe os segredos dos grupos dela em cada kit, para que comece enquanto os custodiantes ainda viajam.',
  title: 'Equipe',
  titleHint: 'Como equipe de redes.',
  groups: 'Grupos',
  groupsHint: 'O que está neles e abaixo.',
  noGroups: 'Nenhum grupo é conhecido ainda: são lidos com o primeiro backup de segredos.',
  keys: 'Chaves que o abrem',
  keysHint: 'age1…, ssh-ed25519 … ou ssh-rsa …, uma por linha.',
  keyCount_one: '{{count}} chave',
  keyCount_other: '{{count}} chaves',
  nextKit: 'Vale a partir do próximo kit. Os já feitos ficam como estão.',
  removeTitle: 'Remover o envelope {{title}}?',
  removeLoses: 'Novos kits não abrem mais para esta equipe. Os já feitos continuam abertos às chaves dela.',
  removeConfirm: 'Remover o envelope',
};
