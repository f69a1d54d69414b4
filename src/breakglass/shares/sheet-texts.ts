// What a share sheet says, in English and Brazilian Portuguese. `{…}` is filled in by sheet.ts.

/** Languages a sheet can be printed in. */
export type SheetLanguage = 'en' | 'pt';

/** The sentences of a sheet. */
export interface SheetTexts {
  title: string;
  forWhom: string;
  number: string;
  needed: string;
  set: string;
  fingerprint: string;
  made: string;
  words: string;
  wordsNote: string;
  qrLabel: string;
  qrNote: string;
  keepTitle: string;
  keep: string[];
  emergencyTitle: string;
  emergency: string[];
  testTitle: string;
  test: string;
  callTitle: string;
  nobody: string;
  signature: string;
}

/** Both languages. */
export const sheetTexts: Record<SheetLanguage, SheetTexts> = {
  en: {
    title: 'Share of the recovery key',
    forWhom: 'Custodian',
    number: 'Share',
    needed: '{number} of {count}; any {threshold} open the key',
    set: 'Set',
    fingerprint: 'Recovery key',
    made: 'Made on',
    words: 'The words of this share',
    wordsNote: 'Their order matters, capital letters do not. The first four letters of a word are enough.',
    qrLabel: 'The same words as a QR code',
    qrNote: 'The same words, for a camera. Let no phone that syncs its pictures see it.',
    keepTitle: 'Keep it',
    keep: [
      'Keep this sheet on paper, sealed, where only you can reach it: a safe, a bank box. Make no photo and no copy.',
      'Alone it opens nothing. Together with {others} other(s) it opens every secret of the organisation: treat it like one.',
      'If you lose it, if someone may have seen it, or if you leave your post, say so at once: a new set can be made.',
    ],
    emergencyTitle: 'When you are called',
    emergency: [
      'Make sure by voice or in person that the call is real, and who asks. Nobody ever needs your words by e-mail, chat or telephone.',
      'Go to the machine where the kit is opened. Open the file open.html of the backup, or run “orbit kit open --share-file”.',
      'Compare the recovery key’s number on the screen with the one above, then type your words yourself.',
    ],
    testTitle: 'Test it',
    test: 'Run “orbit share check” on the Orbit machine: it says whether every word is right and the set still current, without anyone else.',
    callTitle: 'Whom to call',
    nobody: 'Write the names and telephone numbers here:',
    signature: 'Received, checked and sealed (name, date, signature)',
  },
  pt: {
    title: 'Parte da chave de recuperação',
    forWhom: 'Custodiante',
    number: 'Parte',
    needed: '{number} de {count}; quaisquer {threshold} abrem a chave',
    set: 'Conjunto',
    fingerprint: 'Chave de recuperação',
    made: 'Criada em',
    words: 'As palavras desta parte',
    wordsNote: 'A ordem importa; maiúsculas, não. As quatro primeiras letras de cada palavra bastam.',
    qrLabel: 'As mesmas palavras em código QR',
    qrNote: 'As mesmas palavras, para uma câmera. Não a mostre a um celular que sincroniza suas fotos.',
    keepTitle: 'Guarde-a',
    keep: [
      'Guarde esta folha em papel, lacrada, onde só você a alcance: um cofre, um banco. Não fotografe nem copie.',
      'Sozinha ela não abre nada. Junto com mais {others}, abre todos os segredos da organização: trate-a como um deles.',
      'Se você a perder, se alguém puder tê-la visto ou se deixar a função, avise logo: um novo conjunto pode ser criado.',
    ],
    emergencyTitle: 'Quando chamarem você',
    emergency: [
      'Confirme por voz ou pessoalmente que o chamado é verdadeiro e quem o faz. Ninguém precisa das suas palavras por e-mail, chat ou telefone.',
      'Vá até a máquina onde o kit será aberto. Abra o arquivo open.html do backup ou execute “orbit kit open --share-file”.',
      'Compare o número da chave de recuperação na tela com o que está acima e digite você mesmo as palavras.',
    ],
    testTitle: 'Teste-a',
    test: 'Execute “orbit share check” na máquina do Orbit: ele diz se todas as palavras estão certas e se o conjunto ainda vale, sem precisar de mais ninguém.',
    callTitle: 'Para quem ligar',
    nobody: 'Escreva aqui os nomes e telefones:',
    signature: 'Recebida, conferida e lacrada (nome, data, assinatura)',
  },
};
