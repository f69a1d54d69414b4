// The steps of a drill, one below the other, with what each found.
import { Text } from '@mantine/core';
import type { DrillReportView } from '../../../../src/api/schemas/drills.ts';
import { factWords } from '../../../../src/breakglass/drills/fact-words.ts';
import { useTexts } from '../../app/i18n.ts';
import { FailureBox } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icons.tsx';
import { useNoteText } from '../../parts/note-text.ts';

const looks = { passed: ['check', 'tone-good'], failed: ['cross', 'tone-bad'], skipped: ['clock', 'quiet'] } as const;

/** See the head of this file. */
export function DrillSteps({ steps }: { steps: DrillReportView['steps'] }) {
  const { t, duration, bytes, number, language } = useTexts();
  const noteText = useNoteText();
  const word = (text: string): string => factWords[text]?.[language] ?? text;
  const shown = (name: string, value: string | number | boolean): string => {
    if (typeof value !== 'number') return word(String(value));
    return /bytes/i.test(name) ? bytes(value) : number(value);
  };
  return (
    <ol className="drill-steps">
      {steps.map((step, index) => {
        const [icon, tone] = looks[step.result];
        const facts = Object.entries(step.facts).map(([name, value]) => `${word(name)} ${shown(name, value)}`);
        return (
          <li key={`${step.name} ${index}`}>
            <span className={tone}>
              <Icon name={icon} size={18} />
              <span className="visually-hidden">{t(`drills.${step.result}`)}</span>
            </span>
            <div>
              <Text fw={600} size="sm">
                {t(`drills.step.${step.name as 'reach'}`)}
              </Text>
              <Text size="xs" className="quiet">
                {[duration(step.durationMs), ...facts].join(' · ')}
              </Text>
              {step.notes.map((note) => (
                <Text size="xs" key={noteText(note)}>
                  {noteText(note)}
                </Text>
              ))}
              {step.failure === undefined ? null : <FailureBox failure={step.failure} />}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
