// Portuguese: accepting that secrets are gone.

export const drop = {
  button: 'Ver o que sumiu',
  title: 'Segredos que sumiram',
  asking: 'Perguntando às fontes',
  about:
    'O último backup bom os tinha, e a fonte não os nomeia mais. Os kits já feitos os mantêm; os novos não os teriam.',
  source: '{{source}}: {{gone}} de {{before}} sumiram, restam {{now}}',
  titles: 'Segredos que sumiram de {{source}}',
  more_one: 'e mais {{count}}',
  more_other: 'e mais {{count}}',
  back: 'Nada falta mais: tudo o que o último backup bom tinha está lá. Basta fazer o backup de novo.',
  backUp: 'Fazer backup agora',
  reason: 'Por que sumiram',
  reasonHint: 'Fica no histórico com o seu nome e é informado ao SIEM.',
  accept: 'Aceitar e fazer o backup',
  accepted: 'A falta de segredos foi aceita: {{reason}}',
  loses: 'Os novos kits não os terão.',
};
