// The lines of a run: what it said while it went on.
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RunLinesView } from '../../../src/api/schemas/runs.ts';
import { tellFailure } from '../../../src/base/note.ts';
import { api } from '../app/api.ts';
import { failuresOf, useTexts } from '../app/i18n.ts';
import { Loaded, Section } from './page.tsx';

type Line = RunLinesView['lines'][number];

/** The log of a run; asked anew while it is live. */
export function RunLog({ id, isLive }: { id: number; isLive: boolean }) {
  const { t } = useTexts();
  const lines = useQuery({
    queryKey: ['run-lines', id],
    queryFn: () => api<RunLinesView>('GET', `/runs/${id}/lines`),
    refetchInterval: isLive ? 1500 : false,
  });
  return (
    <Section id="log" title={t('runs.log')}>
      <Loaded query={lines} lines={1}>
        {(data) =>
          data.lines.length === 0 ? (
            <Text size="sm" className="quiet">
              {t('runs.logEmpty')}
            </Text>
          ) : (
            <div className="log" tabIndex={0} role="log" aria-label={t('runs.log')}>
              {data.lines.map((line, index) => (
                <LogLine key={`${line.at} ${index}`} line={line} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Section>
  );
}

function LogLine({ line }: { line: Line }) {
  const { time } = useTexts();
  const words = useLineWords();
  const tone =
    line.what === 'failed' ? 'tone-bad' : line.what === 'omitted' || line.what === 'partial' ? 'tone-warn' : '';
  return (
    <div className="log-line">
      <time dateTime={line.at} className="quiet">
        {time(line.at)}
      </time>
      <span className="log-place">{line.destination}</span>
      <span className={tone}>{words(line)}</span>
    </div>
  );
}

function useLineWords(): (line: Line) => string {
  const { t, language, bytes, number } = useTexts();
  const failed = (code: string, message: string): string =>
    tellFailure({ code, message }, language, failuresOf(language));
  return ({ what, facts }) => {
    const amount = (name: string): number => Number(facts[name] ?? 0);
    const text = (name: string): string => String(facts[name] ?? '');
    switch (what) {
      case 'progress': {
        const done = { items: number(amount('items')), bytes: bytes(amount('bytes')) };
        return t('runs.line.progress', { ...done, rate: bytes(amount('bytesPerSecond')) });
      }
      case 'omitted':
        return t('runs.line.omitted', { path: text('path') });
      case 'note':
        return language === 'pt' && facts['pt'] !== undefined ? text('pt') : text('note');
      case 'failed':
        return t('runs.line.failed', { message: failed(text('code'), text('message')), code: text('code') });
      case 'succeeded':
      case 'partial':
        return t(`runs.line.${what}`, {
          newItems: number(amount('newItems')),
          newBytes: bytes(amount('newBytes')),
          sent: bytes(amount('sentBytes')),
          verified: number(amount('verifiedObjects')),
        });
      case 'started':
      case 'reading':
      case 'sending':
      case 'verifying':
      case 'waiting':
      case 'cancelled':
      case 'skipped':
        return t(`runs.line.${what}`);
    }
  };
}
