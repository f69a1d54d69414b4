// English: accepting that secrets are gone.

export const drop = {
  button: 'See what is gone',
  title: 'Secrets that are gone',
  asking: 'Asking the sources',
  about:
    'The last good backup held these, and their source does not name them any more. Kits that were made keep them; new ones would not.',
  source: '{{source}}: {{gone}} of {{before}} are gone, {{now}} are left',
  titles: 'Secrets gone from {{source}}',
  more_one: 'and {{count}} more',
  more_other: 'and {{count}} more',
  back: 'Nothing is gone any more: everything that the last good backup held is there. Just back up again.',
  backUp: 'Back up now',
  reason: 'Why they are gone',
  reasonHint: 'It is kept in the history with your name, and told to the SIEM.',
  accept: 'Accept it and back up',
  accepted: 'That secrets were gone was accepted: {{reason}}',
  loses: 'New kits will not hold them.',
};
