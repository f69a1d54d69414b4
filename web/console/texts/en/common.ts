// English: what every page says, and the door.

export const app = { name: 'Orbit', tagline: 'Break-glass and disaster-recovery backup', skip: 'Skip to the content' };

export const nav = {
  home: 'Home',
  settings: 'Backup settings',
  runs: 'Runs',
  incidents: 'Incidents',
  recordings: 'Recordings',
  restore: 'Restore',
  kits: 'Kits and secrets',
  retention: 'Retention',
  drills: 'Drills',
  recovery: 'Recovery',
  alerts: 'Alerts',
  people: 'People',
  audit: 'Audit',
  account: 'Account',
  menu: 'Menu',
  signOut: 'Sign out',
  theme: 'Light or dark',
  language: 'Language',
};

export const role = {
  administrator: 'Administrator',
  operator: 'Operator',
  auditor: 'Auditor',
  custodian: 'Custodian',
};

export const common = {
  broken: 'This page could not be shown',
  actions: 'Actions',
  back: 'Back',
  cancel: 'Cancel',
  close: 'Close',
  save: 'Save',
  edit: 'Edit',
  copy: 'Copy',
  copied: 'Copied',
  remove: 'Remove',
  test: 'Test',
  retry: 'Try again',
  loading: 'Loading',
  never: 'never',
  none: '–',
  on: 'On',
  off: 'Off',
  optional: 'optional',
  more: 'More settings',
  less: 'Fewer settings',
  code: 'Code',
  unreachable: 'Orbit does not answer',
  unreachableHint: 'Is the service running? The page tries again by itself.',
  noPasskey: 'The browser gave no passkey',
  noPasskeyHint: 'Nobody confirmed it, or there is none for this address on this device.',
  required: 'This is needed.',
  onlyAdministrators: 'Only administrators can change this.',
  now: 'just now',
};

export const kind = { secrets: 'Secrets', system: 'Application', recordings: 'Session files' };

export const kindAbout = {
  secrets: 'Every credential, key and note, readable without Orbit and the vault',
  system: 'Data, settings and lists of programs, to make a bare machine the old one again',
  recordings: 'Recordings of sessions, encrypted',
};

export const items = {
  secrets_one: '{{count}} secret',
  secrets_other: '{{count}} secrets',
  files_one: '{{count}} file',
  files_other: '{{count}} files',
};

export const outcome = {
  succeeded: 'Succeeded',
  partial: 'Partly',
  failed: 'Failed',
  cancelled: 'Cancelled',
  skipped: 'Skipped',
  running: 'Running',
};

export const setup = {
  title: 'Make your account',
  welcome: 'You are the first here. This account may change everything.',
  resetTitle: 'Set your password',
  resetWelcome: 'Choose a new password for {{name}}. Other sign-ins of this account end.',
  noLink: 'Open the link from the terminal',
  noLinkHint:
    'When Orbit starts and nobody has an account yet, it prints a link there. It works once, for a day. Nobody can take this page over without it.',
  name: 'Name',
  password: 'Password',
  repeat: 'Password, again',
  differs: 'The two passwords differ.',
  rule: 'At least 10 characters. Four unrelated words are good.',
  submit: 'Make the account',
  resetSubmit: 'Set the password',
};

export const signIn = {
  title: 'Sign in',
  name: 'Name',
  password: 'Password',
  code: 'One-time code',
  codeHint: 'From the authenticator app, or a recovery code.',
  or: 'or',
  passkey: 'Sign in with a passkey',
  submit: 'Sign in',
  ended: 'Your sign-in has ended. Sign in again.',
};
