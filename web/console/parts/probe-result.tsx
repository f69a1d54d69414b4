// What a test of a destination found, line by line.
import type { ProbeView } from '../../../src/api/schemas/destinations.ts';
import { useTexts } from '../app/i18n.ts';
import { FailureBox } from './failure.tsx';
import { Icon } from './icons.tsx';
import { useNoteText } from './note-text.ts';

/** The lines of a test; its failure when it failed. */
export function ProbeResult({ probe }: { probe: ProbeView }) {
  const { t, bytes, number } = useTexts();
  const noteText = useNoteText();
  if (probe.failure !== undefined) return <FailureBox failure={probe.failure} />;
  const lines: [boolean, string][] = [
    [true, t('probe.wrote', { ms: number(probe.latencyMs ?? 0) })],
    ...(probe.canReplace === false ? ([[true, t('probe.replaceNo')]] as [boolean, string][]) : []),
    ...(probe.canRead === false ? ([[true, t('probe.readNo')]] as [boolean, string][]) : []),
    ...(probe.canList === undefined
      ? []
      : ([[probe.canList, t(probe.canList ? 'probe.listYes' : 'probe.listNo')]] as [boolean, string][])),
    ...(probe.canRemove === undefined
      ? []
      : ([[true, t(probe.canRemove ? 'probe.removeYes' : 'probe.removeNo')]] as [boolean, string][])),
    ...(probe.freeBytes === undefined
      ? []
      : ([[true, t('probe.free', { bytes: bytes(probe.freeBytes) })]] as [boolean, string][])),
    ...probe.worries.map((worry): [boolean, string] => [false, t('probe.worry', { worry: noteText(worry) })]),
  ];
  return (
    <ul className="probe">
      {lines.map(([isGood, text]) => (
        <li key={text}>
          <span className={isGood ? 'tone-good' : 'tone-warn'}>
            <Icon name={isGood ? 'check' : 'warning'} size={18} />
          </span>
          {text}
        </li>
      ))}
    </ul>
  );
}
