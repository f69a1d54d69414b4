// What became of sendings of a report: of the last one in a line, of one just asked for, and of all that are kept.
import { Alert, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReportView, SendingView } from '../../../src/api/schemas/reports.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { Dialog } from './dialog.tsx';
import { FailureBox } from './failure.tsx';
import { Icon } from './icons.tsx';
import { Loaded } from './page.tsx';
import { Status } from './status.tsx';
import { Steps } from './steps.tsx';

/** How the last one went, in a line. */
export function LastSending({ sending }: { sending: SendingView | undefined }) {
  const { t, relative, list } = useTexts();
  if (sending === undefined) return <>{t('reports.neverSent')}</>;
  const when = relative(sending.at);
  if (sending.failure !== undefined) return <Status tone="bad">{t('reports.lastFailed', { when })}</Status>;
  if (sending.refused.length > 0)
    return <Status tone="warn">{t('reports.lastPartly', { when, recipients: list(sending.refused) })}</Status>;
  return <>{t('reports.lastSent', { when, recipients: list(sending.recipients) })}</>;
}

/** How one went, step by step. */
export function WhatHappened({ sending }: { sending: SendingView }) {
  const { t, list, number } = useTexts();
  const { rows = 0, recipients, refused, failure, steps } = sending;
  return (
    <Stack gap="xs" mt="sm">
      {failure === undefined ? (
        <Alert
          color="green"
          icon={<Icon name="check" />}
          title={t('reports.sent', { recipients: list(recipients), rows: number(rows) })}
        />
      ) : (
        <FailureBox title={t('reports.notSent')} failure={failure} />
      )}
      {failure === undefined && refused.length > 0 ? (
        <Alert
          color="yellow"
          icon={<Icon name="warning" />}
          title={t('reports.refused', { recipients: list(refused) })}
        />
      ) : null}
      <Steps steps={steps} />
    </Stack>
  );
}

/** Those that are kept, the newest first. */
export function SendingsDialog({ report, onClose }: { report: ReportView; onClose: () => void }) {
  const { t, moment } = useTexts();
  const sendings = useQuery({
    queryKey: ['reports', report.name, 'sendings'],
    queryFn: () => api<{ sendings: SendingView[] }>('GET', `/reports/${encodeURIComponent(report.name)}/sendings`),
  });
  return (
    <Dialog title={t('reports.historyOf', { name: report.name })} size="lg" onClose={onClose}>
      <Loaded query={sendings} lines={2}>
        {(data) => (
          <Stack gap="md">
            {data.sendings.length === 0 ? <Text>{t('reports.neverSent')}</Text> : null}
            {data.sendings.map((sending) => (
              <div key={sending.firstAt}>
                <Group gap="xs">
                  <Text fw={600} size="sm">
                    {moment(sending.at)}
                  </Text>
                  <Text size="sm" className="quiet">
                    {sending.askedBy === undefined
                      ? t('reports.onSchedule')
                      : t('reports.askedBy', { name: sending.askedBy })}
                    {sending.attempts > 1 ? ` · ${t('reports.attempts', { count: sending.attempts })}` : ''}
                  </Text>
                </Group>
                <Text size="sm" component="div">
                  <LastSending sending={sending} />
                </Text>
                <Steps steps={sending.steps} />
              </div>
            ))}
          </Stack>
        )}
      </Loaded>
    </Dialog>
  );
}
