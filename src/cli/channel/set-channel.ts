// `orbit channel set`: other settings for a channel that is there, or other things that it is told.
import { isDeepStrictEqual } from 'node:util';
import { Command } from 'commander';
import { orbitEvent } from '../../base/event.ts';
import { splitSecrets } from '../../base/secret-schema.ts';
import type { ChannelKind } from '../../notify/channel.ts';
import { channelFilter } from '../../notify/filter.ts';
import { channelKinds } from '../../notify/kinds.ts';
import type { Notifier } from '../../notify/notifier.ts';
import { actor } from '../actor.ts';
import { addChangeFlags, changeFromFlags } from '../config-flags.ts';
import type { CliContext } from '../context.ts';
import { refuseOtherKind } from '../other-kind.ts';
import { printJson, printLine } from '../output.ts';
import { tellHome } from '../tell-home.ts';
import { channelJson } from './channel-view.ts';
import { withNotifier } from './with-notifier.ts';

const examples: Record<string, string> = {
  email: 'email ops --to ops@example.org ciso@example.org --minimum-severity error',
  syslog: 'syslog siem --servers siem2.example.org:6514',
  webhook: 'webhook chat --signing-secret-file -',
  ping: 'ping watcher --ask-url',
  terminals: 'terminals here --minimum-severity alert',
};

/** One command for each kind, with its flags. */
export function setChannelCommand(context: CliContext): Command {
  const set = new Command('set')
    .description('change a channel: other settings are kept when a test message goes through them')
    .addHelpText('after', `\nExample: orbit channel set ${examples['email']}\nEach kind has its own --help.`);
  for (const kind of channelKinds) {
    const own = set.command(`${kind.kind} <name>`).description(kind.title);
    addChangeFlags(own, kind.config, channelFilter);
    own
      .option('--no-test', 'keep other settings without a test message')
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample: orbit channel set ${examples[kind.kind] ?? ''}`)
      .action((name: string, flags: Record<string, unknown>) =>
        withNotifier(context, (notifier) => change(context, notifier, { kind, name, flags })),
      );
  }
  return set;
}

async function change(
  context: CliContext,
  notifier: Notifier,
  { kind, name, flags }: { kind: ChannelKind<object>; name: string; flags: Record<string, unknown> },
): Promise<void> {
  const { channels } = notifier;
  const before = channels.get(name);
  refuseOtherKind('channel', name, before.kind.kind, kind.kind);
  const { plain } = splitSecrets(before.config);
  const config = await changeFromFlags(context, kind.config, plain, flags);
  const filter = await changeFromFlags(context, channelFilter, before.filter, flags);
  const isOther = !isDeepStrictEqual(config, plain);
  const wanted = { config: isOther ? config : undefined, filter };
  const draft = channels.changed(name, wanted);
  const isTested = isOther && flags['test'] !== false;
  if (isTested) await notifier.test(draft, { signal: context.signal });
  // Told while it still hears.
  const facts = { ...actor(), setting: 'channel changed', subject: name };
  await tellHome(context, () => [orbitEvent('settings.changed', facts, new Date())]);
  const channel = channels.change(name, wanted);
  if (flags['json'] === true) return printJson(context, channelJson(channel, channels.states(channel)));
  printLine(context, `${name} is changed${isTested ? '; a test message went through it' : ''}.`);
}
