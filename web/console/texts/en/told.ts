// English: what a channel is told, and the choices of its form.

export const told = {
  title: 'What it is told',
  severity: 'How bad it must be',
  from: {
    emergency: 'Emergencies only',
    alert: 'Alerts and emergencies',
    critical: 'Critical and worse',
    error: 'Errors and worse',
    warning: 'Warnings and worse',
    notice: 'Notices and worse',
    info: 'Everything but debugging',
    debug: 'Everything',
  },
  also: 'Also these events',
  alsoHint: 'However harmless, such as a backup that was performed.',
  never: 'Never these events',
  neverHint: 'However bad; stronger than all else here.',
  noSuchEvent: 'No such event',
  kinds: 'Only these kinds of backup',
  kindsHint: 'Nothing marked: all kinds. What belongs to no kind is told in any case.',
  keep: 'Save all the same',
  summaryAlso_one: 'and {{count}} event more',
  summaryAlso_other: 'and {{count}} events more',
  summaryNever_one: 'never of {{count}} event',
  summaryNever_other: 'never of {{count}} events',
  summaryKinds: 'only of {{kinds}}',
};

export const choices = {
  daily: 'One mail a day',
  weekly: 'One mail a week, on Mondays',
  each: 'A mail for each',
  never: 'None',
};
