// A plan and a result of a recovery as people read them, in their language.
import type { Language } from '../../base/language.ts';
import { formatBytes, formatCount, formatDuration } from '../../base/quantities.ts';
import type { RecoveryPlan, ServerPlan } from '../../recovery/plan.ts';
import type { RecoveryResult } from '../../recovery/recover.ts';

const namesShown = 8;

/** The plan, line by line. */
export function planLines(plan: RecoveryPlan, language: Language): string[] {
  const say = (en: string, pt: string): string => (language === 'en' ? en : pt);
  const { files, time, packages, snapshot } = plan;
  const lines = [
    say(
      `Plan: ${snapshot.host} as of ${snapshot.time.slice(0, 19)} (${snapshot.id.slice(0, 8)}) into ${plan.target}`,
      `Plano: ${snapshot.host} de ${snapshot.time.slice(0, 19)} (${snapshot.id.slice(0, 8)}) em ${plan.target}`,
    ),
    say(
      `  data lost: what happened in the last ${formatDuration(plan.rpoMs)} before the failure`,
      `  dados perdidos: o que aconteceu nos últimos ${formatDuration(plan.rpoMs)} antes da falha`,
    ),
    say(
      `  files: ${formatCount(files.files)}, ${formatBytes(files.bytes)}; ${formatCount(files.unchanged)} are there already`,
      `  arquivos: ${formatCount(files.files)}, ${formatBytes(files.bytes)}; ${formatCount(files.unchanged)} já estão lá`,
    ),
  ];
  if (files.overwritten.length > 0) {
    lines.push(
      say(
        `  OVERWRITTEN, after a safety copy: ${formatCount(files.overwritten.length)}, such as ${named(files.overwritten)}`,
        `  SOBRESCRITOS, após uma cópia de segurança: ${formatCount(files.overwritten.length)}, como ${named(files.overwritten)}`,
      ),
    );
  }
  for (const { place, neededBytes, freeBytes } of plan.space)
    lines.push(
      `  ${say('space at', 'espaço em')} ${place}: ${say('needs', 'precisa de')} ${formatBytes(neededBytes)}, ${say('has', 'tem')} ${formatBytes(freeBytes)}`,
    );
  if (time.bytesPerSecond !== undefined && time.estimatedMs !== undefined) {
    lines.push(
      say(
        `  time: at least ${formatDuration(time.estimatedMs)} for reading, by a sample of ${formatBytes(time.sampleBytes)} at ${formatBytes(time.bytesPerSecond)}/s; writing, comparing and databases come on top`,
        `  tempo: pelo menos ${formatDuration(time.estimatedMs)} de leitura, por uma amostra de ${formatBytes(time.sampleBytes)} a ${formatBytes(time.bytesPerSecond)}/s; gravar, comparar e os bancos somam-se a isso`,
      ),
    );
  }
  if (plan.system.is !== undefined && plan.system.is !== plan.system.was)
    lines.push(`  ${say('system', 'sistema')}: ${plan.system.was ?? '?'} → ${plan.system.is}`);
  if (packages !== undefined) {
    lines.push(
      say(
        `  packages: ${formatCount(packages.missing.length)} missing${listed(packages.missing)}; ${formatCount(packages.differing.length)} of another version${listed(packages.differing.map(({ name, was, is }) => `${name} (${was} → ${is})`))}`,
        `  pacotes: ${formatCount(packages.missing.length)} faltando${listed(packages.missing)}; ${formatCount(packages.differing.length)} de outra versão${listed(packages.differing.map(({ name, was, is }) => `${name} (${was} → ${is})`))}`,
      ),
    );
  }
  if (plan.install.length > 0)
    lines.push(
      say(
        `  INSTALLED FIRST, by ${packages?.program}: ${formatCount(plan.install.length)} packages`,
        `  INSTALADOS ANTES, por ${packages?.program}: ${formatCount(plan.install.length)} pacotes`,
      ),
    );
  if (plan.stop.length > 0)
    lines.push(
      say(
        `  STOPPED FIRST, started at the end: ${plan.stop.join(', ')}`,
        `  PARADOS ANTES, iniciados ao fim: ${plan.stop.join(', ')}`,
      ),
    );
  if (plan.servers.length > 0) lines.push(`  ${say('databases, in this order', 'bancos, nesta ordem')}:`);
  for (const server of plan.servers) lines.push(...serverLines(server, say));
  if (plan.copies.length > 0)
    lines.push(`  ${say('SQLite and other copies', 'cópias SQLite e outras')}: ${named(plan.copies)}`);
  for (const { isFatal, text } of plan.problems)
    lines.push(`  ${isFatal ? say('NOT POSSIBLE', 'IMPOSSÍVEL') : say('note', 'nota')}: ${text}`);
  return lines;
}

function serverLines(
  { facts, from, version, dumpBytes }: ServerPlan,
  say: (en: string, pt: string) => string,
): string[] {
  const how = {
    backup: say('made anew, with the programs of the backup', 'criado de novo, com os programas da cópia'),
    target: say(`made anew, by version ${version}`, `criado de novo, pela versão ${version}`),
    running: say(`into the server that runs (${version})`, `no servidor em uso (${version})`),
    nowhere: say('no programs', 'sem programas'),
  }[from];
  return [
    `    ${facts.engine} ${facts.version} (${facts.profile}): ${how}; ${formatBytes(dumpBytes)}`,
    ...facts.databases.map(
      ({ name, tables }, index) => `      ${index + 1}. ${name} (${formatCount(tables)} ${say('tables', 'tabelas')})`,
    ),
  ];
}

/** What is being done now; undefined where there is nothing to say. */
export function stageLine(stage: string, isDone: boolean, plan: RecoveryPlan, language: Language): string | undefined {
  const say = (en: string, pt: string): string => (language === 'en' ? en : pt);
  if (stage === 'safety' && plan.files.overwritten.length === 0) return undefined;
  const [first = '', ...rest] = stage.split(' ');
  const name = rest.join(' ');
  const known: Record<string, [title: string, doing: string]> = {
    packages: [say('packages', 'pacotes'), say('installing', 'instalando')],
    stop: [say('services', 'serviços'), say('stopping', 'parando')],
    start: [say('services', 'serviços'), say('starting', 'iniciando')],
    safety: [say('safety copy', 'cópia de segurança'), say('of what is overwritten', 'do que é sobrescrito')],
    files: [say('files', 'arquivos'), say('writing, and reading again', 'gravando e relendo')],
    server: [`${say('server', 'servidor')} ${name}`, say('filling its databases', 'enchendo os bancos')],
    copy: [`${say('copy', 'cópia')} ${name}`, say('putting it back', 'repondo')],
  };
  const [title, doing] = known[first] ?? [stage, ''];
  return `${title}: ${isDone ? say('done before', 'já feito') : doing}`;
}

/** What a person does before a machine that was made anew starts for the first time. */
export function nextSteps(plan: RecoveryPlan, language: Language): string[] {
  if (plan.target === '/' || !plan.isWhole) return [];
  return language === 'en'
    ? [
        `Before its first start: look at ${plan.target}/etc/fstab (new disks) and the network settings (new cards), then`,
        `  mount --rbind /dev ${plan.target}/dev; mount -t proc proc ${plan.target}/proc; mount --rbind /sys ${plan.target}/sys`,
        `  chroot ${plan.target} sh -c 'grub-install /dev/DISK && update-grub && update-initramfs -u'`,
      ]
    : [
        `Antes do primeiro início: confira ${plan.target}/etc/fstab (discos novos) e a rede (placas novas), depois`,
        `  mount --rbind /dev ${plan.target}/dev; mount -t proc proc ${plan.target}/proc; mount --rbind /sys ${plan.target}/sys`,
        `  chroot ${plan.target} sh -c 'grub-install /dev/DISCO && update-grub && update-initramfs -u'`,
      ];
}

/** What came of it, line by line. */
export function resultLines(result: RecoveryResult, language: Language): string[] {
  const say = (en: string, pt: string): string => (language === 'en' ? en : pt);
  const lines: string[] = [];
  if (result.installed > 0)
    lines.push(say(`packages installed: ${result.installed}`, `pacotes instalados: ${result.installed}`));
  if (result.files !== undefined) {
    const { files, bytes, unchanged, skipped } = result.files;
    lines.push(
      say(
        `files: ${formatCount(files)} (${formatBytes(bytes)}) written and read back, ${formatCount(unchanged)} were right already, ${formatCount(skipped)} failed`,
        `arquivos: ${formatCount(files)} (${formatBytes(bytes)}) escritos e relidos, ${formatCount(unchanged)} já estavam certos, ${formatCount(skipped)} falharam`,
      ),
    );
  }
  for (const { server, name, tables, expected, before, since } of result.databases) {
    const kept = before === undefined ? '' : say(`; as it was before: ${before}`, `; como era antes: ${before}`);
    lines.push(
      `${server}/${name}: ${formatCount(tables)} / ${formatCount(expected)} ${say('tables', 'tabelas')}${kept}`,
    );
    if (since !== undefined)
      lines.push(
        say(
          `  its replacement had been cut off; what was there since then: ${since}`,
          `  sua substituição tinha sido interrompida; o que havia desde então: ${since}`,
        ),
      );
  }
  if (result.copies > 0) lines.push(say(`copies: ${result.copies} put back`, `cópias: ${result.copies} repostas`));
  for (const aside of result.setAside) lines.push(say(`set aside: ${aside}`, `posto de lado: ${aside}`));
  if (result.safety !== undefined) {
    const { repository, passwordFile, files } = result.safety;
    lines.push(
      say(
        `as it was before: ${formatCount(files)} files; orbit repo restore latest -r ${repository} -p ${passwordFile} --target /`,
        `como era antes: ${formatCount(files)} arquivos; orbit repo restore latest -r ${repository} -p ${passwordFile} --target /`,
      ),
    );
  }
  if (result.restarted.length > 0)
    lines.push(`${say('started again', 'iniciados de novo')}: ${result.restarted.join(', ')}`);
  for (const problem of result.problems) lines.push(`${say('NOT as it was', 'NÃO como era')}: ${problem}`);
  lines.push(
    say(
      `RTO ${formatDuration(result.rtoMs)}${result.isResumed ? ' (with the interruption)' : ''}, RPO ${formatDuration(result.rpoMs)}`,
      `RTO ${formatDuration(result.rtoMs)}${result.isResumed ? ' (com a interrupção)' : ''}, RPO ${formatDuration(result.rpoMs)}`,
    ),
  );
  return lines;
}

function named(names: readonly string[]): string {
  const more = names.length - namesShown;
  return names.slice(0, namesShown).join(', ') + (more > 0 ? ` … (+${formatCount(more)})` : '');
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? '' : ` (${named(names)})`;
}
