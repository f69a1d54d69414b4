// Portuguese: settings that are changed while their secrets stay.

export const kept = {
  stays: 'Mantida como está',
  goes: 'Deixa de ser guardada',
  giveUp: 'Não guardar mais',
  keep: 'Manter, afinal',
  again: 'O lugar é outro: informe de novo, o que está guardado nunca é enviado para lá',
};
