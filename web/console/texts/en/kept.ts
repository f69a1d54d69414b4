// English: settings that are changed while their secrets stay.

export const kept = {
  stays: 'Kept as it is',
  goes: 'No longer kept',
  giveUp: 'Do not keep it',
  keep: 'Keep it after all',
  again: 'Another place: enter it again, what is kept is never sent there',
};
