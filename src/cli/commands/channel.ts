// `orbit channel`: who is told what happens, and whether that works.
import { orbitEvent } from '../../base/event.ts';
import { languageOf } from '../../base/language.ts';
import { tellNote } from '../../base/note.ts';
import { Command } from 'commander';
import { channelFilter } from '../../notify/filter.ts';
import { channelKinds } from '../../notify/kinds.ts';
import { reportsThrough } from '../../reports/scheduled-report.ts';
import { actor } from '../actor.ts';
import { channelJson, channelLines, channelTable } from '../channel/channel-view.ts';
import { setChannelCommand } from '../channel/set-channel.ts';
import { withNotifier } from '../channel/with-notifier.ts';
import { addConfigFlags, configFromFlags } from '../config-flags.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { addSwitchCommands } from '../switch-commands.ts';
import { tellHome } from '../tell-home.ts';

interface JsonOption {
  json?: boolean;
}

/** `orbit channel add|set|list|show|test|enable|disable|remove`. */
export function channelCommand(context: CliContext): Command {
  const command = new Command('channel')
    .description('who is told what happens: email, syslog, webhook, dead-man ping, terminals')
    .addHelpText('after', '\nExample: orbit channel test ops');
  command.addCommand(addCommand(context));
  command.addCommand(setChannelCommand(context));
  command
    .command('list')
    .description('list the channels and how they are doing')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit channel list')
    .action(({ json }: JsonOption) =>
      withNotifier(context, ({ channels }) => {
        if (json)
          printJson(
            context,
            channels.list().map((each) => channelJson(each, channels.states(each))),
          );
        else for (const line of channelTable(channels)) printLine(context, line);
      }),
    );
  command
    .command('show <name>')
    .description('show one channel: settings, what it is told, what waits')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit channel show ops')
    .action((name: string, { json }: JsonOption) =>
      withNotifier(context, ({ channels }) => {
        const channel = channels.get(name);
        const states = channels.states(channel);
        if (json) printJson(context, channelJson(channel, states));
        else for (const line of channelLines(channel, states)) printLine(context, line);
      }),
    );
  command
    .command('test <name>')
    .description('send a test message now and say what really happened')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit channel test ops')
    .action((name: string, { json }: JsonOption) =>
      withNotifier(context, async (notifier) => {
        const steps: string[] = [];
        await notifier.test(notifier.channels.get(name), {
          signal: context.signal,
          report: (event) => {
            if (event.type !== 'step') return;
            const text = tellNote(event.note, languageOf(context.env));
            steps.push(text);
            if (!json) printLine(context, `  ${text}`);
          },
        });
        if (json) printJson(context, { channel: name, steps });
        else printLine(context, `The test message went out through ${name}.`);
      }),
    );
  addSwitchCommands(command, context, {
    enable: 'tell this channel again',
    disable: 'tell this channel nothing for now',
    example: 'ops',
    turn: (name, isEnabled) =>
      withNotifier(context, ({ channels }) => {
        channels.setEnabled(name, isEnabled);
        return { channel: name, isEnabled };
      }),
  });
  command
    .command('remove <name>')
    .description('remove a channel and the messages that wait in it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit channel remove ops')
    .action((name: string, { json }: JsonOption) =>
      withNotifier(context, async ({ channels }, store) => {
        const lost = channels.states(channels.get(name)).reduce((sum, state) => sum + state.queued, 0);
        const reports = reportsThrough(store, name);
        channels.remove(name);
        const facts = { ...actor(), channel: name };
        await tellHome(context, () => [orbitEvent('channel.removed', facts, new Date())]);
        if (json) return printJson(context, { channel: name, lost, reports });
        printLine(context, `${name} is removed; ${lost} message(s) that waited in it are gone.`);
        for (const report of reports)
          printLine(context, `The report ${report} went through it: orbit report set ${report} --channel OTHER`);
      }),
    );
  return command;
}

const examples: Record<string, string> = {
  email:
    'orbit channel add email ops --host mail.example.org --user orbit --password-file pw --from orbit@example.org --to ops@example.org',
  syslog: 'orbit channel add syslog siem --servers siem1.example.org siem2.example.org:6514 --ca ca.pem --format cef',
  webhook: 'orbit channel add webhook chat --url https://hooks.example.org/orbit --ask-signing-secret',
  ping: 'orbit channel add ping watcher --ask-url --kinds secrets',
  terminals: 'orbit channel add terminals here --language pt',
};

// One command for each kind; its flags come from the kind's schema.
function addCommand(context: CliContext): Command {
  const command = new Command('add')
    .description('add a channel')
    .addHelpText('after', `\nExample: ${examples['email']}\nEach kind has its own --help.`);
  for (const kind of channelKinds) {
    const own = command
      .command(`${kind.kind} <name>`)
      .description(kind.title)
      .addHelpText('after', `\nExample: ${examples[kind.kind] ?? ''}`)
      .action(async (name: string, flags: Record<string, unknown>) => {
        const config = await configFromFlags(context, kind.config, flags);
        const filter = await configFromFlags(context, channelFilter, flags);
        await withNotifier(context, ({ channels }) => {
          const channel = channels.add({ name, kind: kind.kind, config, filter });
          if (flags['json'] === true) printJson(context, channelJson(channel, channels.states(channel)));
          else printLine(context, `${name} is added. Try it: orbit channel test ${name}`);
        });
      });
    addConfigFlags(own, kind.config);
    addConfigFlags(own, channelFilter, kind.defaultFilter);
    own.option('--json', 'print JSON');
  }
  return command;
}
