// English: Recovery.

export const recovery = {
  title: 'Recovery',
  lead: 'What opens the backups, and how. The server itself cannot.',
  key: 'Recovery key',
  noKey: 'There is no recovery key yet',
  noKeyHint: 'Hold the ceremony on the machine itself. Until then no backup is made that nobody could open.',
  made: 'made {{when}}',
  recipient: 'Public half, to which everything is sealed',
  ways: 'Ways to open it',
  way: { 'master-password': 'Master password', shares: 'Custodians’ shares', recipients: 'Other keys' },
  wayHint: {
    'master-password': 'known to people, stored nowhere',
    recipients: 'an offline, hardware or SSH key',
  },
  sharesHint: 'any {{threshold}} of {{total}}',
  oneWay: 'There is only one way. Let custodians hold shares too, on the machine itself:',
  custodians: 'Custodians',
  confirmed: 'confirmed {{when}}',
  unconfirmed: 'not confirmed yet',
  how: 'How to open a kit',
  steps: [
    'Take the newest kit folder from any destination. No Orbit, no network is needed.',
    'Open open.html in any current browser, offline.',
    'Enter the master password, or let enough custodians enter their shares.',
    'Search, read, copy. Nothing is sent anywhere.',
  ],
  stock: 'Without the page: README.txt in each kit tells every step with age and any KeePass program.',
};
