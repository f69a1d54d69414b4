// What a look at a destination found, in lines.
import { formatBytes } from '../base/quantities.ts';
import { tellNote } from '../base/note.ts';
import { locationOf } from '../destinations/destination.ts';
import type { ProbedDestination } from '../destinations/open.ts';
import type { ProbeResult } from '../destinations/probe.ts';
import type { SetExitCode } from './commands.ts';
import type { CliContext } from './context.ts';
import { exitCodes, printJson, printLine } from './output.ts';

/** Prints how a destination is after a look at it. */
export function tellProbe(
  context: CliContext,
  probed: ProbedDestination,
  { json }: { json: boolean },
  setExitCode: SetExitCode,
): void {
  const { destination } = probed;
  if (!probed.result.isUsable) setExitCode(exitCodes.failed);
  if (json) return printJson(context, probed);
  printLine(context, `${destination.name} is ${destination.state}: ${locationOf(destination)}`);
  for (const line of probeLines(probed.result)) printLine(context, `  ${line}`);
}

/** What it found, or what is wrong and what helps. */
export function probeLines(result: ProbeResult): string[] {
  if (result.failure !== undefined) {
    const { code, message, hint } = result.failure;
    return [message, ...(hint === undefined ? [] : [`→ ${hint}`]), `[${code}]`];
  }
  const lines = [`wrote and read back in ${result.latencyMs ?? 0} ms`];
  if (result.canReplace === false) lines.push('nothing there may be overwritten');
  if (result.canRead === false) lines.push('its key may not read: what is stored is proven by checksum');
  if (result.canList === false) lines.push('its key may not list');
  if (result.canRemove === false) lines.push('its key may not delete');
  if (result.freeBytes !== undefined) lines.push(`${formatBytes(result.freeBytes)} free`);
  return [...lines, ...result.worries.map((worry) => `but ${tellNote(worry, 'en')}`)];
}
