// Failures in Portuguese: destinations and partitions.
import type { FailureTexts } from './texts.ts';

/** By code. */
export const placesFailures: FailureTexts = {
  'backend.bad-host-key': {
    detail: 'Isso não é uma chave de servidor SSH.',
    hint: 'Copie a linha inteira, com o tipo e a chave.',
  },
  'backend.bad-key': {
    detail: 'Esse nome não pode ser usado no destino.',
    hint: 'É um erro nosso: envie o relatório de saúde ao suporte.',
  },
  'backend.bad-mount-option': {
    detail: 'Essa opção de montagem não é aceita.',
    hint: 'Credenciais nunca são opções; use os campos próprios.',
  },
  'backend.closed': { detail: 'A conexão com o destino já foi encerrada.', hint: 'Tente de novo.' },
  'backend.far-commands-unknown': {
    detail: 'O servidor não diz quais comandos permite.',
    hint: 'Verifique a linha em authorized_keys.',
  },
  'backend.in-use': {
    detail: 'O arquivo está em uso no destino.',
    hint: 'Espere, ou encerre o programa que o segura.',
  },
  'backend.key-exists': {
    detail: 'Já existe um arquivo com esse nome, e nada é sobrescrito ali.',
    hint: 'Nada foi perdido; a próxima execução usa outro nome.',
  },
  'backend.not-found': {
    detail: 'O arquivo não está no destino.',
    hint: 'Verifique se alguém apagou algo ali; faça um novo backup.',
  },
  'backend.short-object': {
    detail: 'O arquivo no destino é menor do que foi gravado.',
    hint: 'Verifique espaço e integridade do armazenamento e faça um novo backup.',
  },
  'destinations.bad-addresses': {
    detail: 'Esses endereços não podem ser usados.',
    hint: 'Dê endereços ou redes, como 10.0.0.0/8.',
  },
  'destinations.in-use': {
    detail: 'Uma execução está gravando nessa partição.',
    hint: 'Espere terminar, ou diga que ela pode ser interrompida.',
  },
  'destinations.no-authorized-keys': {
    detail: 'Este tipo de destino não usa authorized_keys.',
    hint: 'Isso vale para rsync e SFTP.',
  },
  'destinations.no-partition': {
    detail: 'Esse destino não é uma partição remota.',
    hint: 'Só CIFS e NFS com ponto de montagem próprio são montados à mão.',
  },
  'destinations.not-listed': {
    detail: 'O que acabou de ser gravado não aparece na listagem do destino.',
    hint: 'Verifique se o armazenamento é consistente e se o caminho é o certo.',
  },
  'destinations.ssh-key-exists': { detail: 'Já existe uma chave SSH com esse nome.', hint: 'Use-a, ou dê outro nome.' },
  'destinations.ssh-key-unknown': {
    detail: 'Não há chave SSH com esse nome.',
    hint: 'orbit ssh-key list mostra todas.',
  },
  'destinations.unknown-kind': { detail: 'Não há esse tipo de destino.', hint: 'Escolha um da lista.' },
  'destinations.unmounted': {
    detail: 'Uma pessoa desmontou esta partição.',
    hint: 'Use Montar na página de configurações; o que está na fila espera.',
  },
};
