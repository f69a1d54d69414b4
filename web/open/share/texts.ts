// What the page of a custodian's link says, in English and Brazilian Portuguese.
import type { Language } from '../texts.ts';

const english = {
  pageTitle: 'Your share',
  welcome: 'A share of the recovery key is waiting for you',
  welcomeNote:
    'You were chosen as a custodian. Several of you together can open your organisation’s last copy of all passwords; alone, a share opens nothing.',
  before: 'Before you go on',
  beforeList: [
    'Be alone with this screen, on a computer you trust.',
    'Have a printer ready, or paper and a pen: 33 words.',
    'This link opens once. Afterwards your share is on your paper and nowhere else.',
  ],
  show: 'Show my share',
  working: 'Fetching your share…',
  yours: (name: string) => `${name}, this is your share`,
  number: (number: number, threshold: number) =>
    `It is number ${number}. Any ${threshold} shares of this set open the recovery key.`,
  writeDown:
    'Print the sheet, or write down every word with its number. Do not photograph it, do not copy it into a file.',
  print: 'Print the sheet',
  haveIt: 'I have it on paper',
  checkTitle: 'Now type it back from your paper',
  checkNote: 'The words are compared on this page. Only then is it certain that your paper is right.',
  words: 'The 33 words, in order',
  compare: 'Compare',
  showAgain: 'Show the words again',
  different: 'These are the words of a share, but not of the one you were shown. Compare with your paper.',
  doneTitle: 'Your paper is right',
  doneNote:
    'The administrators see that you confirmed. Put the paper where only you reach it, then close this page: the share is gone from here and from the service.',
  goneTitle: 'This link opens nothing any more',
  gone: 'It was opened before, its time is over, or a newer set was made.',
  goneHint:
    'If you did not open it yourself, tell the administrators at once: somebody else may have read your share, and the set must be made anew. Otherwise ask them for a new link.',
  cutTitle: 'This link is not whole',
  cut: 'A part of the address is missing. Copy the whole link from the message you were sent; it may have been broken over two lines.',
  unreachable: 'The service does not answer. Nothing was opened; try again in a moment.',
  unreadable: 'The share came, but this link does not open it. Tell the administrators: the set must be made anew.',
  tooMany: 'Too many tries. Wait a quarter of an hour.',
};

const portuguese: typeof english = {
  pageTitle: 'Sua parte',
  welcome: 'Uma parte da chave de recuperação espera por você',
  welcomeNote:
    'Você foi escolhido como custodiante. Alguns de vocês, juntos, abrem a última cópia de todas as senhas da organização; sozinha, uma parte não abre nada.',
  before: 'Antes de continuar',
  beforeList: [
    'Fique a sós com esta tela, em um computador de confiança.',
    'Tenha uma impressora à mão, ou papel e caneta: são 33 palavras.',
    'Este link abre uma só vez. Depois, a sua parte estará no seu papel e em nenhum outro lugar.',
  ],
  show: 'Mostrar minha parte',
  working: 'Buscando a sua parte…',
  yours: (name) => `${name}, esta é a sua parte`,
  number: (number, threshold) =>
    `É a de número ${number}. Quaisquer ${threshold} partes deste conjunto abrem a chave de recuperação.`,
  writeDown: 'Imprima a folha, ou anote cada palavra com o seu número. Não fotografe e não copie para um arquivo.',
  print: 'Imprimir a folha',
  haveIt: 'Já tenho no papel',
  checkTitle: 'Agora digite de volta, a partir do papel',
  checkNote: 'As palavras são comparadas nesta página. Só assim é certo que o seu papel está correto.',
  words: 'As 33 palavras, em ordem',
  compare: 'Comparar',
  showAgain: 'Mostrar as palavras de novo',
  different: 'São palavras de uma parte, mas não da que foi mostrada a você. Compare com o seu papel.',
  doneTitle: 'O seu papel está correto',
  doneNote:
    'Os administradores veem que você confirmou. Guarde o papel onde só você tenha acesso e feche esta página: a parte já não está aqui nem no serviço.',
  goneTitle: 'Este link já não abre nada',
  gone: 'Ele já foi aberto, o prazo acabou, ou um conjunto mais novo foi feito.',
  goneHint:
    'Se não foi você quem o abriu, avise os administradores agora: alguém pode ter lido a sua parte, e o conjunto precisa ser refeito. Senão, peça um novo link.',
  cutTitle: 'Este link não está inteiro',
  cut: 'Falta um pedaço do endereço. Copie o link inteiro da mensagem que você recebeu; ele pode ter sido quebrado em duas linhas.',
  unreachable: 'O serviço não responde. Nada foi aberto; tente de novo em instantes.',
  unreadable: 'A parte chegou, mas este link não a abre. Avise os administradores: o conjunto precisa ser refeito.',
  tooMany: 'Tentativas demais. Espere quinze minutos.',
};

/** Every text of the page. */
export type ShareTexts = typeof english;

/** The texts of a language. */
export function shareTextsOf(language: Language): ShareTexts {
  return language === 'pt' ? portuguese : english;
}
