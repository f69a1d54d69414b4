// English: envelopes, the parts of a kit that a team opens alone.

export const envelopes = {
  tab: 'For teams',
  lead: 'Parts of every kit that a team opens with its own keys, and nothing else. The recovery key goes on opening everything.',
  add: 'Make an envelope',
  edit: 'Change {{title}}',
  emptyTitle: 'No envelope yet',
  emptyHint: 'Give a team the secrets of its groups in every kit, so that it can begin while custodians still travel.',
  title: 'Team',
  titleHint: 'Such as network team.',
  groups: 'Groups',
  groupsHint: 'What lies in them and below.',
  noGroups: 'No group is known yet: groups are read with the first secrets backup.',
  keys: 'Keys that open it',
  keysHint: 'age1…, ssh-ed25519 … or ssh-rsa …, one a line.',
  keyCount_one: '{{count}} key',
  keyCount_other: '{{count}} keys',
  nextKit: 'It counts from the next kit on. Kits that were made stay as they are.',
  removeTitle: 'Remove the envelope {{title}}?',
  removeLoses: 'New kits open to this team no more. Kits that were made stay open to its keys.',
  removeConfirm: 'Remove the envelope',
};
