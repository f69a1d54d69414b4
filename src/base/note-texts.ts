// The texts of notes, in both languages. A code never changes; numbers are told by the name of their fact (see note.ts).
import type { Bilingual } from './language.ts';

/** By code. */
export const noteTexts = {
  'approval.administrator': { en: '{name} as an administrator', pt: '{name} como administrador' },
  'approval.administrator-link': {
    en: 'a link for a new password of the administrator {name}',
    pt: 'um link para uma nova senha do administrador {name}',
  },
  'approval.administrator-removed': {
    en: '{name} no longer as an administrator',
    pt: '{name} não mais como administrador',
  },
  'approval.administrator-ways': {
    en: 'the one-time codes and passkeys of the administrator {name} taken away',
    pt: 'os códigos e as chaves de acesso do administrador {name} retirados',
  },
  'approval.damaged': { en: 'damaged snapshots of {repository}', pt: 'instantâneos danificados de {repository}' },
  'approval.destination-elsewhere': {
    en: "destination '{name}' elsewhere: {location}",
    pt: "destino '{name}' em outro lugar: {location}",
  },
  'approval.destination-unused': {
    en: "destination '{name}' no longer for the job {job}",
    pt: "destino '{name}' não mais para a tarefa {job}",
  },
  'approval.four-eyes-less': { en: 'asking it for less', pt: 'pedir menos dele' },
  'approval.four-eyes-off': { en: 'switching it off', pt: 'desligá-los' },
  'approval.identity-provider': { en: 'the identity provider', pt: 'o provedor de identidade' },
  'approval.legal-hold-ends': {
    en: 'the end of the legal hold of {copy}',
    pt: 'o fim da retenção legal de {copy}',
  },
  'approval.master-password': {
    en: 'master password of recovery key {key}',
    pt: 'senha mestra da chave de recuperação {key}',
  },
  'approval.old-repository': { en: 'the old repository at {location}', pt: 'o repositório antigo em {location}' },
  'approval.protection-ends': {
    en: 'the end of the protection of {copy}',
    pt: 'o fim da proteção de {copy}',
  },
  'approval.recipients': {
    en: 'recipients of recovery key {key}',
    pt: 'chaves que abrem a chave de recuperação {key}',
  },
  'approval.recovery-key': {
    en: 'a new recovery key instead of {key}',
    pt: 'uma nova chave de recuperação em vez de {key}',
  },
  'approval.recovery-key-abandoned': {
    en: 'a new recovery key; {key} is given up, and its backups stay closed to the new one',
    pt: 'uma nova chave de recuperação; {key} é abandonada, e seus backups ficam fechados para a nova',
  },
  'approval.recovery-key-compromised': {
    en: 'a new recovery key, and everything sealed to it anew, because others know {key}',
    pt: 'uma nova chave de recuperação, e tudo lacrado de novo para ela, porque outros conhecem {key}',
  },
  'approval.repository-key': { en: 'key {id} of {repository}', pt: 'chave {id} de {repository}' },
  'approval.rewritten': {
    en: 'snapshots of {repository} with {patterns}',
    pt: 'instantâneos de {repository} com {patterns}',
  },
  'approval.shares': {
    en: 'shares of recovery key {key}: {threshold} of {names}',
    pt: 'partes da chave de recuperação {key}: {threshold} de {names}',
  },
  'approval.snapshots': { en: '{count} snapshots of {repository}', pt: '{count} instantâneos de {repository}' },
  'approval.unreached': {
    en: 'what no snapshot of {repository} reaches',
    pt: 'o que nenhum instantâneo de {repository} alcança',
  },
  'backup.changed-while-read': {
    en: 'changed each time it was read: {path}',
    pt: 'mudou a cada leitura: {path}',
  },
  'backup.cuts-differ': {
    en: 'the repositories of this job cut files differently, because they were not made together: from now on one reading feeds them all, and what had been cut otherwise is stored once more',
    pt: 'os repositórios desta tarefa cortam os arquivos de modo diferente, pois não foram criados juntos: a partir de agora uma só leitura alimenta todos, e o que foi cortado de outro modo é gravado mais uma vez',
  },
  'backup.hook-ran': {
    en: '{when} the backup ran {program} ({tookMs})',
    pt: '{when} do backup rodou {program} ({tookMs})',
  },
  'backup.hook-said': {
    en: '{when} the backup ran {program} ({tookMs}): {output}',
    pt: '{when} do backup rodou {program} ({tookMs}): {output}',
  },
  'catch-up.kits': {
    en: "{count} kits came from '{from}' and were read back byte for byte; no source was read",
    pt: "{count} kits vieram de '{from}' e foram lidos de volta byte a byte; nenhuma fonte foi lida",
  },
  'catch-up.snapshots': {
    en: "{count} snapshots came from '{from}', {bytes} of blobs; the source was not read",
    pt: "{count} instantâneos vieram de '{from}', {bytes} de blocos; a fonte não foi lida",
  },
  'channel.answered': { en: 'answer {answer}', pt: 'resposta {answer}' },
  'channel.connected': { en: 'connected to {server} ({address})', pt: 'conectado a {server} ({address})' },
  'channel.connected-in': {
    en: 'connected to {server} ({address}) in {tookMs}',
    pt: 'conectado a {server} ({address}) em {tookMs}',
  },
  'channel.datagrams-sent': {
    en: 'sent {count} datagram(s) to {server}; UDP gives no answer, so look at the server whether it arrived',
    pt: 'enviado(s) {count} datagrama(s) a {server}; o UDP não dá resposta: verifique no servidor se chegou',
  },
  'channel.failed': { en: 'failed: {reason}', pt: 'falhou: {reason}' },
  'channel.in-the-clear': { en: 'the connection is not encrypted', pt: 'a conexão não é cifrada' },
  'channel.mail-taken': { en: 'the server took the mail: {answer}', pt: 'o servidor aceitou o e-mail: {answer}' },
  'channel.messages-sent': {
    en: 'sent {count} message(s), {size} bytes; the server read all and closed',
    pt: 'enviada(s) {count} mensagem(ns), {size} bytes; o servidor leu tudo e encerrou',
  },
  'channel.nobody-signed-in': {
    en: 'nobody is signed in at a terminal',
    pt: 'ninguém está conectado em um terminal',
  },
  'channel.recipient-refused': {
    en: 'a recipient was refused: {reason}',
    pt: 'um destinatário foi recusado: {reason}',
  },
  'channel.signed-in': { en: 'signed in as {user}', pt: 'entrou como {user}' },
  'channel.signed-in-by-oauth': { en: 'signed in as {user} by OAuth 2', pt: 'entrou como {user} por OAuth 2' },
  'channel.signed-in-at': { en: '{user} is signed in at {line}', pt: '{user} está conectado em {line}' },
  'channel.tls': {
    en: '{protocol}, {cipher}, certificate of {subject} by {issuer} until {until}',
    pt: '{protocol}, {cipher}, certificado de {subject} por {issuer} até {until}',
  },
  'channel.token-given': { en: '{server} gave an access token', pt: '{server} deu um token de acesso' },
  'destination.clock-ahead': {
    en: 'its clock is {differenceMs} ahead of the one here',
    pt: 'seu relógio está {differenceMs} adiantado em relação ao daqui',
  },
  'destination.clock-behind': {
    en: 'its clock is {differenceMs} behind the one here',
    pt: 'seu relógio está {differenceMs} atrasado em relação ao daqui',
  },
  'destination.nearly-full': {
    en: 'it is nearly full: {bytes} are free',
    pt: 'está quase cheio: {bytes} livres',
  },
  'drill.foreign-kit': {
    en: 'another Orbit made this kit: its digests cannot be compared here',
    pt: 'outro Orbit fez este kit: seus resumos não podem ser comparados aqui',
  },
  'drill.kit-of-older-key': {
    en: 'it is sealed to the recovery key {key}, which opens with the current one; the next run makes a new kit',
    pt: 'está selado para a chave de recuperação {key}, que se abre com a atual; a próxima execução faz um kit novo',
  },
  'drill.no-account': {
    en: "{profile}: not restored, because this machine has no account '{account}'",
    pt: "{profile}: não restaurado, pois esta máquina não tem a conta '{account}'",
  },
  'drill.no-room': {
    en: '{profile}: not restored, because its tables would take more than half of the free space in {folder}',
    pt: '{profile}: não restaurado, pois suas tabelas ocupariam mais da metade do espaço livre em {folder}',
  },
  'drill.no-server': {
    en: '{profile}: not restored, because this machine has no programs of that server',
    pt: '{profile}: não restaurado, pois esta máquina não tem os programas desse servidor',
  },
  'drill.not-root': {
    en: '{profile}: not restored, because only root can start a server under its account',
    pt: '{profile}: não restaurado, pois só o root pode iniciar um servidor com a conta dele',
  },
  'drill.older-files': {
    en: 'as they were before a change, until the next run: {files}',
    pt: 'como eram antes de uma mudança, até a próxima execução: {files}',
  },
  'drill.server-filled': {
    en: '{profile} ({engine} {version}): databases {databases}, tables {tables}',
    pt: '{profile} ({engine} {version}): bancos de dados {databases}, tabelas {tables}',
  },
  'drill.too-large': {
    en: 'too large for the private folder, read without being written: {count}',
    pt: 'grandes demais para a pasta privada, lidos sem serem gravados: {count}',
  },
  'profiles.machine-facts': { en: '{file}: {reason}', pt: '{file}: {reason}' },
  'profiles.mariadb-loose': {
    en: '{profile}: tables outside InnoDB are not part of the one moment, in: {databases}',
    pt: '{profile}: tabelas fora do InnoDB não fazem parte do mesmo instante, em: {databases}',
  },
  'profiles.mariadb-not-held': {
    en: 'commits could not be held off: {reason}',
    pt: 'não foi possível segurar os commits: {reason}',
  },
  'profiles.moment-late': {
    en: 'it took longer than {limitMs}',
    pt: 'demorou mais do que {limitMs}',
  },
  'profiles.moments-differ': {
    en: 'do not show one moment with each other: {profiles}: {reason}; they were begun within {spanMs}',
    pt: 'não mostram um mesmo instante entre si: {profiles}: {reason}; começaram num intervalo de {spanMs}',
  },
  'profiles.postgresql-left-out': {
    en: '{profile}: not dumped, because they take no connections or are templates: {databases}',
    pt: '{profile}: sem dump, porque não aceitam conexões ou são modelos: {databases}',
  },
  'profiles.postgresql-not-held': {
    en: 'a transaction of PostgreSQL went on, or the role may not lock tables',
    pt: 'uma transação do PostgreSQL continuou, ou a conta não pode bloquear tabelas',
  },
  'profiles.postgresql-unproven': {
    en: '{profile}: the server was never quiet, and writers could not be held off; dumps begin within milliseconds, one moment is not proven',
    pt: '{profile}: o servidor nunca ficou quieto, e não foi possível segurar as gravações; os dumps começam com milissegundos de diferença, um mesmo instante não está comprovado',
  },
  'profiles.read-twice': {
    en: 'the source was read a second time, and {profile} was dumped anew',
    pt: 'a fonte foi lida uma segunda vez, e o dump de {profile} foi feito de novo',
  },
  'recordings.added': { en: 'new recordings in the catalogue: {count}', pt: 'gravações novas no catálogo: {count}' },
  'recordings.catalogue-failed': {
    en: 'the catalogue of recordings could not be kept: {reason}',
    pt: 'o catálogo de gravações não pôde ser atualizado: {reason}',
  },
  'recordings.changed': {
    en: '{path} was changed after it had been backed up: both versions are kept',
    pt: '{path} mudou depois de ter sido copiada: as duas versões são mantidas',
  },
  'recordings.moved': {
    en: '{count} recordings have a new name or place',
    pt: '{count} gravações têm nome ou lugar novo',
  },
  'recordings.not-catalogued': {
    en: 'recordings of earlier runs are in no catalogue yet: orbit recording catalogue rebuild',
    pt: 'gravações de execuções anteriores ainda não estão em nenhum catálogo: orbit recording catalogue rebuild',
  },
  'recordings.others': {
    en: '{count} files are no recordings that Orbit knows',
    pt: '{count} arquivos não são gravações que o Orbit conhece',
  },
  'recordings.unfinished': {
    en: 'recordings still being written, which the next run takes: {count}',
    pt: 'gravações ainda em curso, que a próxima execução copia: {count}',
  },
  'retention.append-only': {
    en: "nothing can be removed at '{destination}': it is append-only for Orbit (proved {day}), which keeps every copy from whoever breaks in here. What is too old has to be removed there, by a login that may",
    pt: "nada pode ser removido em '{destination}': o lugar é somente de adição para o Orbit (comprovado em {day}), o que guarda cada cópia de quem invadir aqui. O que está velho demais precisa ser removido lá, por um acesso que possa",
  },
  'report.made': {
    en: 'the report was made: {count} rows, {bytes}',
    pt: 'o relatório foi feito: {count} linhas, {bytes}',
  },
  'retention.failed': {
    en: 'retention could not be applied: {reason}',
    pt: 'a retenção não pôde ser aplicada: {reason}',
  },
  'retention.kits': { en: 'retention: {count} kits let go', pt: 'retenção: {count} kits descartados' },
  'retention.kits-stay': {
    en: 'retention: {count} kits would go, but {reason}',
    pt: 'retenção: {count} kits seriam descartados, mas {reason}',
  },
  'retention.place-refuses': {
    en: "nothing was removed at '{destination}': the place refuses to remove anything",
    pt: "nada foi removido em '{destination}': o lugar recusa remover qualquer coisa",
  },
  'retention.refused': {
    en: "retention: nothing was removed at '{destination}': the place refuses to remove anything, as an append-only one should. What is too old has to be removed there, by a login that may",
    pt: "retenção: nada foi removido em '{destination}': o lugar recusa remover qualquer coisa, como deve um lugar somente de adição. O que está velho demais precisa ser removido lá, por um acesso que possa",
  },
  'retention.snapshots': {
    en: 'retention: {count} snapshots let go, {bytes} freed',
    pt: 'retenção: {count} instantâneos descartados, {bytes} liberados',
  },
  'retention.snapshots-stay': {
    en: 'retention: {count} snapshots would go, but {reason}',
    pt: 'retenção: {count} instantâneos seriam descartados, mas {reason}',
  },
  'secrets.drop-accepted': {
    en: "{user} accepted that {count} secrets of '{source}' are gone: {reason}",
    pt: "{user} aceitou que {count} segredos de '{source}' sumiram: {reason}",
  },
  'secrets.last-kit-unproved': {
    en: 'the last kit could not be proved again: {reason}',
    pt: 'o último kit não pôde ser comprovado de novo: {reason}',
  },
  'stills.as-they-are': {
    en: 'file systems are read as they are: {reason}',
    pt: 'os sistemas de arquivos são lidos como estão: {reason}',
  },
  'stills.no-place': {
    en: '{path} has no place in the view',
    pt: '{path} não tem lugar na visão',
  },
  'stills.no-room': {
    en: 'the volume group {group} has only {bytes} free for a snapshot',
    pt: 'o grupo de volumes {group} só tem {bytes} livres para um instantâneo',
  },
  'stills.none': {
    en: 'no snapshot of the file system at {path} ({type}), which is read as it is: {reason}',
    pt: 'sem instantâneo do sistema de arquivos em {path} ({type}), que é lido como está: {reason}',
  },
  'stills.not-removed': {
    en: 'a snapshot of a file system could not be removed: {reason}',
    pt: 'um instantâneo de um sistema de arquivos não pôde ser removido: {reason}',
  },
  'stills.one-after-other': {
    en: '{count} file systems were held still one right after the other, within {spanMs}',
    pt: '{count} sistemas de arquivos foram congelados um logo após o outro, em {spanMs}',
  },
  'stills.part-of-device': {
    en: '{path} shows only a part of {device}',
    pt: '{path} mostra só uma parte de {device}',
  },
  'stills.subvolume-elsewhere': {
    en: 'the subvolume {subvolume} is not where it should be, {path}',
    pt: 'o subvolume {subvolume} não está onde deveria, em {path}',
  },
  'stills.too-late': {
    en: 'others took {spanMs} already, and all are to be of one time',
    pt: 'os outros já levaram {spanMs}, e todos devem ser de um mesmo momento',
  },
  'stills.volume-gone': {
    en: 'the logical volume {volume} is gone',
    pt: 'o volume lógico {volume} não existe mais',
  },
} as const satisfies Record<string, Bilingual>;
