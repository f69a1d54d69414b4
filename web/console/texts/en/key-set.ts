// English: what opens the recovery key, and sealing everything to another one.

export const opening = {
  title: 'What opens the recovery key now',
  password: 'Master password',
  shares: 'Custodians’ shares',
  share: 'Share {{number}} of {{count}}',
  shareHint:
    'The custodian types their own words; four letters of each are enough. They are used in memory and forgotten.',
  more: 'One more share',
};

export const newPassword = {
  how: 'New master password',
  none: 'No master password: custodians only',
};

export const recipients = {
  title: 'Other keys that open it',
  lead: 'An offline key, a hardware key or an SSH key. Each opens every kit alone, without a password or a custodian.',
  none: 'None.',
  add: 'Add a key',
  recipient: 'Public key',
  recipientHint: 'age1…, ssh-ed25519 … or ssh-rsa …; never the secret half.',
  name: 'What it is',
  nameHint: 'Such as the YubiKey in the safe.',
  unnamed: 'Key without a name',
  addSubmit: 'Let it open the backups',
  removeTitle: 'Remove {{name}}?',
  removeLoses:
    'Whoever holds it opens no kit that is made from now on. Kits that were made stay open to it, until the recovery key is declared compromised.',
  removeConfirm: 'Remove the key',
};

export const keyPlaces = {
  title: 'Where this set of keys lies',
  lead: 'A change of passwords, shares or keys reaches every destination at once, and one that is away when it is back.',
  destination: 'Destination',
  state: 'State',
  current: 'Current',
  behind: 'An earlier set',
  none: 'With its first backup',
  awaits: 'Waits to be sealed anew',
  brought: 'Brought',
  refusedFiles: 'The place would not let these be replaced: {{files}}',
};

export const compromise = {
  title: 'If the recovery key may be known to others',
  lead: 'Declare it compromised. A new key is made, and everything at every destination is sealed to it.',
  button: 'Declare it compromised',
  dialogTitle: 'Declare the recovery key compromised',
  plan: 'What will be sealed to a new key',
  kits_one: '{{count}} kit',
  kits_other: '{{count}} kits',
  repositories_one: 'a new password for {{count}} repository',
  repositories_other: 'new passwords for {{count}} repositories',
  nothing: 'nothing',
  unreachable: 'out of reach now; it waits until it is back',
  loses: 'The master password, every share and every paper of today open nothing new any more.',
  limits:
    'Whoever copied a kit before keeps what was in it: change those passwords too. Data of the repositories stays under its key; only its passwords change.',
  next: 'Go on',
  custodiansToo: 'Hand new shares to custodians',
  submit: 'Make a new key and seal everything',
  working: 'Sealing everything to the new key',
  done: 'A new recovery key is in force.',
  sealed: '{{destination}}: {{what}}',
  left_one: '{{count}} still waits at {{destination}}',
  left_other: '{{count}} still wait at {{destination}}',
  awaits: 'Something is still sealed to a compromised key at {{destinations}}.',
  awaitsHint:
    'Those places were out of reach. Seal the rest when they are back; the people who open the key are needed for it.',
  reseal: 'Seal the rest now',
  resealDone: 'What could be reached is sealed to the current key.',
  state: 'Sealed to a compromised key',
};
