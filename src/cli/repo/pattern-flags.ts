// The flags that name what is left out by its path.
import type { Command } from 'commander';
import { readPatternFile } from '../../engine/backup/exclusions.ts';
import type { CliContext } from '../context.ts';

/** The flags as commander gives them. */
export interface PatternFlags {
  exclude?: string[];
  iexclude?: string[];
  excludeFile?: string[];
  iexcludeFile?: string[];
}

/** Adds them. */
export function withPatternFlags(command: Command): Command {
  const collect = (value: string, all: string[] = []): string[] => [...all, value];
  return command
    .option('-e, --exclude <pattern>', 'leave out what matches (may be repeated)', collect)
    .option('--iexclude <pattern>', 'the same, upper and lower case alike', collect)
    .option('--exclude-file <file>', 'leave out what a pattern in the file matches', collect)
    .option('--iexclude-file <file>', 'the same, upper and lower case alike', collect);
}

/** All patterns, those in files included. @throws Failure `backup.exclude-file` */
export function patternsOf({ env }: CliContext, flags: PatternFlags): Record<'exclude' | 'iexclude', string[]> {
  const fromFiles = (files: string[] = []): string[] => files.flatMap((file) => readPatternFile(file, env));
  return {
    exclude: [...(flags.exclude ?? []), ...fromFiles(flags.excludeFile)],
    iexclude: [...(flags.iexclude ?? []), ...fromFiles(flags.iexcludeFile)],
  };
}
