// What installing and removing the service does to the machine, as a list that can be shown before anything is done.
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../../base/failure.ts';
import { runProgram } from '../../base/program.ts';
import { type Allowed, dropInPath, dropInText } from './drop-in.ts';
import { serviceHome, serviceUser, unitName, unitText, type UnitPlaces } from './unit.ts';

/** One step: what it says and what it does. */
export interface Step {
  told: string;
  take(): Promise<unknown>;
}

/** Where and how: `root` is another tree than the running system's, in which no program is run. */
export interface InstallOptions extends UnitPlaces {
  root?: string | undefined;
}

/** The steps that install the service and start it. */
export function installSteps(options: InstallOptions): Step[] {
  const unit = unitPath(options);
  return [
    ...onThisSystem(options, [
      {
        told: `make the user ${serviceUser}, who cannot sign in`,
        take: () => makeUser(),
      },
    ]),
    {
      told: `write ${unit}`,
      take: async () => {
        await mkdir(dirname(unit), { recursive: true });
        await writeFile(unit, unitText(options), { mode: 0o644 });
      },
    },
    ...onThisSystem(options, [
      { told: 'systemctl daemon-reload', take: () => mustRun('systemctl', ['daemon-reload']) },
      {
        told: `systemctl enable --now ${unitName}`,
        take: () => mustRun('systemctl', ['enable', '--now', unitName]),
      },
    ]),
  ];
}

/** The steps that let the service do more, or exactly that and no more than before. */
export function allowSteps(options: Pick<InstallOptions, 'root'>, allowed: Allowed): Step[] {
  const path = join(options.root ?? '/', dropInPath);
  return [
    {
      told: `write ${path}:\n${dropInText(allowed)}`.trimEnd(),
      take: async () => {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, dropInText(allowed), { mode: 0o644 });
      },
    },
    ...onThisSystem(options, [
      { told: 'systemctl daemon-reload', take: () => mustRun('systemctl', ['daemon-reload']) },
      { told: `systemctl try-restart ${unitName}`, take: () => mustRun('systemctl', ['try-restart', unitName]) },
    ]),
  ];
}

/** The steps that remove it again. Data stays, unless `purge` says otherwise; backups always stay. */
export function removeSteps(options: InstallOptions, purge: boolean): Step[] {
  const unit = unitPath(options);
  const home = join(options.root ?? '/', serviceHome);
  const dropIn = join(options.root ?? '/', dropInPath);
  return [
    ...onThisSystem(options, [
      {
        told: `systemctl disable --now ${unitName}`,
        // Already stopped, or never started: then there is nothing to disable.
        take: () => runProgram('systemctl', ['disable', '--now', unitName]),
      },
    ]),
    { told: `remove ${unit}`, take: () => rm(unit, { force: true }) },
    ...(existsSync(dropIn) ? [{ told: `remove ${dropIn}`, take: () => rm(dropIn, { force: true }) }] : []),
    ...onThisSystem(options, [
      { told: 'systemctl daemon-reload', take: () => mustRun('systemctl', ['daemon-reload']) },
    ]),
    ...(purge
      ? [
          {
            told: `remove ${home} with the database and its key`,
            take: () => rm(home, { recursive: true, force: true }),
          },
        ]
      : []),
  ];
}

function unitPath({ root = '/' }: InstallOptions): string {
  return join(root, 'etc/systemd/system', unitName);
}

function onThisSystem({ root }: Pick<InstallOptions, 'root'>, steps: Step[]): Step[] {
  return root === undefined ? steps : [];
}

async function mustRun(program: string, args: string[]): Promise<void> {
  const { exitCode, stderr } = await runProgram(program, args);
  if (exitCode === 0) return;
  throw new Failure('cli.install-step', {
    message: `${program} ${args.join(' ')} did not succeed: ${stderr.trim().split('\n', 1)[0] ?? ''}`,
    hint: 'Mend that and run orbit install again: the steps that are done stay done. On a machine without systemd run orbit serve by its own means.',
  });
}

async function makeUser(): Promise<void> {
  const known = await runProgram('getent', ['passwd', serviceUser]);
  if (known.exitCode === 0) return;
  const shell = existsSync('/usr/sbin/nologin') ? '/usr/sbin/nologin' : '/bin/false';
  await mustRun('useradd', [
    '--system',
    '--user-group',
    '--home-dir',
    serviceHome,
    '--no-create-home',
    '--shell',
    shell,
    serviceUser,
  ]);
}
