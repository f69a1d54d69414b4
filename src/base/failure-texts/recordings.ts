// Failures in Portuguese: recordings.
import type { FailureTexts } from './failure-text.ts';

/** By code. */
export const recordingsFailures: FailureTexts = {
  'recordings.no-reason': {
    detail: 'Para ver ou reter uma gravação é preciso um motivo, de 3 a 1000 caracteres.',
    hint: 'Diga para que serve, como o número de um chamado; fica guardado com seu nome.',
  },
  'recordings.no-copy': {
    detail: 'Nenhum destino tem mais esta gravação.',
    hint: 'A retenção descartou seus snapshots, ou o catálogo está desatualizado: orbit recording catalogue rebuild.',
  },
  'recordings.unknown': { detail: 'Não há gravação com esse id.', hint: 'Procure na lista de gravações.' },
  'recordings.damaged': {
    detail: 'A gravação está danificada a partir de um ponto.',
    hint: 'O que vem antes pode ser visto. Procure outra cópia dela.',
  },
  'recordings.not-allowed': {
    detail: 'Seu papel não pode fazer isso com gravações.',
    hint: 'Auditores e administradores assistem; administradores salvam e retêm.',
  },
  'recordings.no-viewing': {
    detail: 'Esta visualização terminou.',
    hint: 'Abra a gravação de novo, com um motivo.',
  },
  'recordings.no-video-tool': {
    detail: 'Esta máquina não tem o ffmpeg ou uma fonte do console.',
    hint: 'No Debian: apt-get install ffmpeg console-setup-linux.',
  },
  'recordings.ambiguous': { detail: 'Mais de uma gravação começa assim.', hint: 'Dê mais dígitos.' },
  'recordings.bad-layout': {
    detail: 'A disposição das gravações não pode ser lida.',
    hint: 'Verifique os campos do modelo.',
  },
  'recordings.no-text': { detail: 'Esta gravação não tem texto.', hint: 'Só gravações de terminal têm.' },
  'recordings.not-here': { detail: 'Esta gravação não está nesse destino.', hint: 'Escolha outro destino.' },
  'recordings.too-long': {
    detail: 'A gravação é longa demais para virar vídeo.',
    hint: 'Exporte como asciicast ou texto, ou empacote: os reprodutores pulam as pausas.',
  },
  'recordings.video-failed': {
    detail: 'O vídeo não pôde ser feito.',
    hint: 'Verifique se o ffmpeg está instalado; a mensagem diz mais.',
  },
};
