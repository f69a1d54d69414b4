// English: deleting snapshots.

export const deletion = {
  button: 'Delete …',
  title: 'Delete snapshots at {{destination}}',
  lead: 'Choose what is to go. Only at {{destination}}: copies at other destinations stay. Nothing goes before you have seen the plan.',
  choose: 'Choose',
  chosen_one: '{{count}} is chosen.',
  chosen_other: '{{count}} are chosen.',
  tooMany: 'At most {{count}} at a time.',
  plan: 'Show what would be lost',
  back: 'Choose others',
  nothing: 'None of these can be deleted.',
  appendOnlyHint: 'It is what protects the backups from whoever takes this machine.',
  loses_one: 'Lost for good at {{destination}}: {{count}} snapshot',
  loses_other: 'Lost for good at {{destination}}: {{count}} snapshots',
  losesHint: 'What is in no other snapshot cannot be restored any more.',
  left_one: '{{count}} snapshot is left there.',
  left_other: '{{count}} snapshots are left there.',
  stays_one: '{{count}} stays',
  stays_other: '{{count}} stay',
  why: {
    newest: 'the newest of its machine is never deleted',
    'newest-good': 'the newest that a run made without a fault is never deleted',
  },
  frees: 'Free the space at once',
  freesHint:
    'Reads the whole index and rewrites what is partly used: that may take long. Otherwise the space is freed when retention next removes something, or by orbit repo prune.',
  spaceLater: 'The space is freed when retention next removes something, or by orbit repo prune.',
  confirm: 'To confirm, type the name of the destination: {{destination}}',
  waits: 'A second administrator has to approve',
  waitsHint:
    'The request is made and told; it is approved under People, Four eyes. Then choose the same snapshots and delete them again: it goes through once.',
  go_one: 'Delete it for good',
  go_other: 'Delete {{count}} for good',
  done_one: '{{count}} snapshot is gone.',
  done_other: '{{count}} snapshots are gone.',
  gone: 'That snapshot is not there any more. This is the newest one.',
};
