// Events of the recovery key: ceremony, custodians, recovery.
import type { EventKind } from './event-kind.ts';

// Fixed keys of the documented system's CEF rows for the ceremony and for recovery.
const ceremonyCef = { ServiceName: 'Backup' };
const recoveryCef = { sourceServiceName: 'Master Key', dproc: 'master_key_guardian' };
const person = ['userId', 'userName', 'role', 'address', 'method'] as const;

/** Recovery key, custodians, kits. */
export const recoveryEvents = {
  'ceremony.started': {
    number: '92',
    severity: 'alert',
    facts: ['user'],
    optional: [...person, 'keyId', 'partsNeeded', 'expected'],
    cef: { ...ceremonyCef, act: 'Start ceremony' },
    en: {
      title: 'Ceremony started',
      told: '{user} started a ceremony for the recovery key[: {partsNeeded} of {expected} custodians will open it]',
      advice: 'If nobody planned it, stop it and find out who used this account.',
    },
    pt: {
      title: 'Cerimônia iniciada',
      told: '{user} iniciou uma cerimônia da chave de recuperação[: {partsNeeded} de {expected} custodiantes a abrirão]',
      advice: 'Se ninguém a planejou, interrompa-a e descubra quem usou esta conta.',
    },
  },
  'custodian.share-viewed': {
    number: '93',
    severity: 'alert',
    facts: ['custodian'],
    optional: ['user', 'userId', 'userName', 'address', 'method', 'keyId'],
    cef: { ...ceremonyCef, act: 'View share' },
    en: { title: 'Custodian viewed share', told: 'The custodian {custodian} was shown their share' },
    pt: { title: 'Custodiante viu sua parte', told: 'A parte do custodiante {custodian} foi exibida' },
  },
  'custodian.share-downloaded': {
    number: '94',
    severity: 'alert',
    facts: ['custodian'],
    optional: ['user', 'userId', 'userName', 'address', 'method', 'keyId'],
    cef: { ...ceremonyCef, act: 'Print share' },
    en: { title: 'Custodian printed share', told: 'The custodian {custodian} printed or downloaded their share' },
    pt: { title: 'Custodiante imprimiu sua parte', told: 'O custodiante {custodian} imprimiu ou baixou sua parte' },
  },
  'ceremony.completed': {
    number: '95',
    severity: 'alert',
    facts: ['user', 'keyId'],
    optional: [...person, 'partsNeeded', 'expected'],
    cef: { ...ceremonyCef, act: 'Complete ceremony' },
    en: {
      title: 'Ceremony completed',
      told: 'The ceremony is complete; backups are sealed to the recovery key {keyId} from now on',
    },
    pt: {
      title: 'Cerimônia concluída',
      told: 'A cerimônia foi concluída; os backups passam a ser selados com a chave de recuperação {keyId}',
    },
  },
  'recovery.failed': {
    number: '102',
    severity: 'error',
    facts: ['reason'],
    optional: ['user', ...person, 'partsNeeded', 'partsSent', 'keyId', 'snapshot'],
    cef: { ...recoveryCef, act: 'Recover', requestMethod: 'POST' },
    cefCopies: { originIP: 'address' },
    en: {
      title: 'Recovery attempt failed',
      told: 'An attempt to open the recovery key failed: {reason}',
      advice: 'If no recovery is under way, someone is trying shares or passwords: find out who.',
    },
    pt: {
      title: 'Tentativa de recuperação falhou',
      told: 'Uma tentativa de abrir a chave de recuperação falhou: {reason}',
      advice: 'Se não há recuperação em curso, alguém está testando partes ou senhas: descubra quem.',
    },
  },
  // The documented system logs success as an error; here it is a notice.
  'recovery.succeeded': {
    number: '103',
    severity: 'notice',
    facts: ['keyId'],
    optional: ['user', ...person, 'partsNeeded', 'partsSent', 'snapshot'],
    cef: { ...recoveryCef, act: 'Recover', requestMethod: 'POST' },
    cefCopies: { originIP: 'address' },
    en: {
      title: 'Recovery attempt succeeded',
      told: 'The recovery key {keyId} was opened[ by {user}]',
      advice: 'If no recovery is under way, every secret in the backups must be taken as known: change them.',
    },
    pt: {
      title: 'Recuperação bem-sucedida',
      told: 'A chave de recuperação {keyId} foi aberta[ por {user}]',
      advice: 'Se não há recuperação em curso, considere expostos todos os segredos dos backups: troque-os.',
    },
  },
  'recovery-key.missing': {
    number: '9401',
    severity: 'alert',
    facts: ['since'],
    reportedAs: '336.501',
    en: {
      title: 'No recovery key',
      told: 'There is no recovery key since {since}: secrets are not backed up',
      advice: 'Hold the ceremony: `orbit ceremony`.',
    },
    pt: {
      title: 'Sem chave de recuperação',
      told: 'Não há chave de recuperação desde {since}: os segredos estão sem backup',
      advice: 'Realize a cerimônia: `orbit ceremony`.',
    },
  },
  'custodian.inactive': {
    number: '9402',
    severity: 'alert',
    facts: ['custodian', 'since'],
    optional: ['user', 'userId', 'userName', 'role', 'reason', 'partsNeeded', 'found'],
    cef: { act: 'Incident', dproc: 'master_key_guardian' },
    reportedAs: '336.501',
    en: {
      title: 'Custodian inactive',
      told: 'The custodian {custodian} is inactive since {since}[; {found} active ones are left, {partsNeeded} are needed]',
      advice: 'Enable the account again, or replace the custodian; earlier backups stay readable.',
    },
    pt: {
      title: 'Custodiante inativo',
      told: 'O custodiante {custodian} está inativo desde {since}[; restam {found} ativos e são necessários {partsNeeded}]',
      advice: 'Reative a conta ou substitua o custodiante; os backups anteriores continuam legíveis.',
    },
  },
  'custodian.replaced': {
    number: '9403',
    severity: 'notice',
    facts: ['custodian', 'user'],
    optional: [...person, 'subject', 'keyId'],
    en: { title: 'Custodian replaced', told: '{user} replaced the custodian {custodian}[ by {subject}]' },
    pt: { title: 'Custodiante substituído', told: '{user} substituiu o custodiante {custodian}[ por {subject}]' },
  },
  'master-password.changed': {
    number: '9404',
    severity: 'alert',
    facts: ['user'],
    optional: [...person, 'keyId'],
    en: {
      title: 'Master password changed',
      told: '{user} changed the master password',
      advice: 'Tell everyone who must know it. Copies of the recovery key made before still open with the old one.',
    },
    pt: {
      title: 'Senha mestra alterada',
      told: '{user} alterou a senha mestra',
      advice:
        'Avise quem precisa conhecê-la. Cópias anteriores da chave de recuperação ainda abrem com a senha antiga.',
    },
  },
  'custodian.share-tested': {
    number: '9405',
    severity: 'info',
    facts: ['custodian', 'verified'],
    optional: ['user', 'keyId', 'reason'],
    en: { title: 'Share tested', told: 'The custodian {custodian} tested their share; it is right: {verified}' },
    pt: { title: 'Parte testada', told: 'O custodiante {custodian} testou sua parte; está correta: {verified}' },
  },
  'kit.opened': {
    number: '9406',
    severity: 'alert',
    facts: ['snapshot'],
    optional: ['user', ...person, 'destination', 'secrets', 'keyId', 'reason'],
    en: {
      title: 'Kit opened',
      told: 'The kit {snapshot} was opened here[ by {user}][, who says why: {reason}]',
      advice: 'If no drill or recovery is under way, find out who did it and change the secrets it holds.',
    },
    pt: {
      title: 'Kit aberto',
      told: 'O kit {snapshot} foi aberto aqui[ por {user}][, com o motivo: {reason}]',
      advice: 'Se não há simulação ou recuperação em curso, descubra quem o fez e troque os segredos que ele contém.',
    },
  },
  'custodian.too-few': {
    number: '9407',
    severity: 'alert',
    facts: ['keyId', 'found', 'expected', 'partsNeeded'],
    optional: ['since', 'subject'],
    reportedAs: '336.501',
    en: {
      title: 'Too few confirmed custodians',
      told: 'Only {found} custodians of the recovery key {keyId} have confirmed their share; {expected} should, {partsNeeded} are needed[. Missing: {subject}]',
      advice:
        'Ask those who are missing to run `orbit share check`; replace whoever cannot: `orbit custodian split`. One more loss may close every backup.',
    },
    pt: {
      title: 'Poucos custodiantes confirmados',
      told: 'Só {found} custodiantes da chave de recuperação {keyId} confirmaram sua parte; deveriam ser {expected} e são necessários {partsNeeded}[. Faltam: {subject}]',
      advice:
        'Peça aos que faltam que executem `orbit share check`; substitua quem não puder: `orbit custodian split`. Mais uma perda pode fechar todos os backups.',
    },
  },
  'custodian.unconfirmed': {
    number: '9408',
    severity: 'notice',
    facts: ['custodian', 'since'],
    optional: ['keyId', 'lastGoodAt'],
    en: {
      title: 'Share not confirmed',
      told: 'The custodian {custodian} holds a share since {since} and has not confirmed it[ since {lastGoodAt}]',
      advice: 'Ask them to type it once: `orbit share check`. It needs nobody else and keeps nothing.',
    },
    pt: {
      title: 'Parte não confirmada',
      told: 'O custodiante {custodian} guarda uma parte desde {since} e não a confirmou[ desde {lastGoodAt}]',
      advice: 'Peça que a digite uma vez: `orbit share check`. Não precisa de mais ninguém e nada fica guardado.',
    },
  },
  'kit.opening-reported': {
    number: '9409',
    severity: 'alert',
    facts: ['snapshot', 'user', 'since', 'found', 'reason'],
    optional: ['keyId', 'method', 'partsSent', 'subject'],
    en: {
      title: 'Opening record received',
      told: '{user} opened the kit {snapshot} at {since} and looked at {found} values, for this reason: {reason}',
      advice: 'Change every password on the list that `orbit kit opened` prints.',
    },
    pt: {
      title: 'Registro de abertura recebido',
      told: '{user} abriu o kit {snapshot} em {since} e consultou {found} valores, pelo motivo: {reason}',
      advice: 'Troque todas as senhas da lista que `orbit kit opened` mostra.',
    },
  },
} as const satisfies Record<string, EventKind>;
