// A program of the tests, run as root in a mount namespace of its own: one person is signed in at a terminal there, as far as the
// system's record of sign-ins (utmp) says, and a message goes to the terminals. Prints as JSON what was told and what stood there.
import { tellNote } from '../../src/base/note.ts';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { orbitEvent } from '../../src/base/event.ts';
import { isFailure } from '../../src/base/failure.ts';
import { runProgram } from '../../src/base/program.ts';
import { terminals } from '../../src/notify/kinds/terminals.ts';
import { signInRecord } from './sign-in-record.ts';
import { withTerminal } from './terminal.ts';

/** What happened. */
export interface SessionReport {
  steps: string[];
  delivered: number;
  /** Everything that stood on the terminal. */
  shown: string;
  failure?: string;
}

async function send(language: 'en' | 'pt'): Promise<Omit<SessionReport, 'shown'>> {
  const report: Omit<SessionReport, 'shown'> = { steps: [], delivered: 0 };
  const at = new Date('2026-11-23T05:00:07Z');
  const event = orbitEvent(
    'destination.lost',
    { destination: 'cofre', location: '/srv', reason: 'está fora', since: at },
    at,
  );
  const channel = terminals.open({ language }, { hostName: 'vault1', version: '1' }, '');
  try {
    await channel.send([{ id: 'x', event }], {
      report: (told) => {
        if (told.type === 'step') report.steps.push(tellNote(told.note, 'en'));
        else report.delivered += 1;
      },
    });
  } catch (error) {
    if (!isFailure(error)) throw error;
    report.failure = `${error.code}: ${error.message}`;
  }
  return report;
}

await runProgram('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
const [how, language = 'en'] = process.argv.slice(2) as ['nobody' | 'one' | 'gone', ('en' | 'pt')?];
const told = await withTerminal(async (line, pid, shown): Promise<SessionReport> => {
  const where = how === 'gone' ? 'pts/9999' : line;
  await writeFile('/run/utmp', how === 'nobody' ? '' : signInRecord('ana', where, pid));
  const report = await send(language);
  // What was written to a terminal is there before `wall` ends, and in the transcript a moment later.
  while (how === 'one' && !(await shown()).includes('vault1')) await sleep(20);
  return { ...report, shown: await shown() };
});
console.log(JSON.stringify(told));
