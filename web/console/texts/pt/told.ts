// Portuguese: what a channel is told, and the choices of its form.

export const told = {
  title: 'O que lhe é avisado',
  severity: 'A partir de que gravidade',
  from: {
    emergency: 'Só emergências',
    alert: 'Alertas e emergências',
    critical: 'Críticos e mais graves',
    error: 'Erros e mais graves',
    warning: 'Avisos e mais graves',
    notice: 'Informes e mais graves',
    info: 'Tudo, menos depuração',
    debug: 'Tudo',
  },
  also: 'Também estes eventos',
  alsoHint: 'Por mais inofensivos, como um backup realizado.',
  never: 'Nunca estes eventos',
  neverHint: 'Por mais graves; vale mais que todo o resto aqui.',
  noSuchEvent: 'Não há esse evento',
  kinds: 'Só destes tipos de backup',
  kindsHint: 'Nada marcado: todos os tipos. O que não é de nenhum tipo é avisado de qualquer forma.',
  keep: 'Salvar assim mesmo',
  summaryAlso_one: 'e mais {{count}} evento',
  summaryAlso_other: 'e mais {{count}} eventos',
  summaryNever_one: 'nunca {{count}} evento',
  summaryNever_other: 'nunca {{count}} eventos',
  summaryKinds: 'só de {{kinds}}',
};

export const choices = {
  daily: 'Um e-mail por dia',
  weekly: 'Um e-mail por semana, às segundas',
  each: 'Um e-mail para cada',
  never: 'Nenhum',
};
