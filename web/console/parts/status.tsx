// States as a word with a sign and a colour: no state is told by colour alone.
import { Badge } from '@mantine/core';
import type { DestinationStateView } from '../../../src/api/schemas/overview.ts';
import type { OutcomeView } from '../../../src/api/schemas/common.ts';
import { useTexts } from '../app/i18n.ts';
import { Icon, type IconName } from './icons.tsx';

/** `good`, `warn`, `bad`, `quiet`, `busy`. */
export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'busy';

const looks: Record<Tone, { color: string; icon: IconName }> = {
  good: { color: 'green', icon: 'check' },
  warn: { color: 'yellow', icon: 'warning' },
  bad: { color: 'red', icon: 'cross' },
  quiet: { color: 'gray', icon: 'clock' },
  busy: { color: 'orbit', icon: 'play' },
};

/** A word with its sign and colour. */
export function Status({ tone, children }: { tone: Tone; children: string }) {
  return (
    <Badge
      variant="light"
      color={looks[tone].color}
      leftSection={<Icon name={looks[tone].icon} size={13} />}
      className={`status status-${tone}`}
      tt="none"
      fw={600}
    >
      {children}
    </Badge>
  );
}

/** How a run ended, or that it goes on. */
export function OutcomeStatus({ outcome }: { outcome: OutcomeView | undefined }) {
  const { t } = useTexts();
  const tones = { succeeded: 'good', partial: 'warn', failed: 'bad', cancelled: 'quiet', skipped: 'quiet' } as const;
  return <Status tone={outcome === undefined ? 'busy' : tones[outcome]}>{t(`outcome.${outcome ?? 'running'}`)}</Status>;
}

/** How a destination is. */
export function PlaceStatus({ state }: { state: DestinationStateView }) {
  const { t } = useTexts();
  const tones = { untested: 'quiet', reachable: 'good', degraded: 'warn', lost: 'bad' } as const;
  return <Status tone={tones[state]}>{t(`settings.state.${state}`)}</Status>;
}
