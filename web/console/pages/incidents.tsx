// What was wrong, from when to when. What stands comes first; a person may say that something is over, and why.
import { Group, SegmentedControl, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { IncidentListView, IncidentView } from '../../../src/api/schemas/incidents.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { usePages } from '../app/pages.ts';
import { useQueryValues } from '../app/router-query.ts';
import { useMe } from '../app/session.ts';
import { Dialog, Form, FormEnd } from '../parts/dialog.tsx';
import { DownloadButton } from '../parts/download-button.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { Empty, Page } from '../parts/page.tsx';
import { RowButton } from '../parts/row-button.tsx';
import { Status } from '../parts/status.tsx';
import { actionsColumn, type Column, DataTable, TwoLines } from '../parts/table.tsx';

const severe = ['emergency', 'alert', 'critical', 'error'];

/** Incidents. */
export function IncidentsPage() {
  const { t, language } = useTexts();
  const [values, set] = useQueryValues();
  const state = values.get('state') ?? 'open';
  const [ended, setEnded] = useState<IncidentView>();
  const query = state === 'all' ? '' : `state=${state}&`;
  const pages = usePages<IncidentView>(
    ['incidents', state],
    async (from, limit) => {
      const { total, incidents } = await api<IncidentListView>('GET', `/incidents?${query}from=${from}&limit=${limit}`);
      return { total, rows: incidents };
    },
    { keepsOld: true },
  );
  return (
    <Page
      title={t('incidents.title')}
      lead={t('incidents.lead')}
      action={<DownloadButton to="/health-report.zip">{t('incidents.healthReport')}</DownloadButton>}
    >
      <Group justify="space-between" gap="sm">
        <SegmentedControl
          aria-label={t('incidents.state')}
          value={state}
          data={(['open', 'resolved', 'all'] as const).map((value) => ({ value, label: t(`incidents.${value}`) }))}
          onChange={(value) => set({ state: value === 'open' ? '' : value })}
        />
        <DownloadButton size="sm" to={`/incidents.csv?language=${language}`}>
          {t('incidents.csv')}
        </DownloadButton>
      </Group>
      {pages.error === null ? null : <FailureBox failure={viewOfError(pages.error)} />}
      {pages.total === 0 ? (
        <Empty
          icon={state === 'open' ? 'check' : 'clock'}
          title={t(state === 'open' ? 'incidents.emptyOpen' : 'incidents.empty')}
          hint={t(state === 'open' ? 'incidents.emptyOpenHint' : 'incidents.emptyHint')}
        />
      ) : (
        <Incidents pages={pages} onEnd={setEnded} />
      )}
      {ended === undefined ? null : <EndDialog incident={ended} onClose={() => setEnded(undefined)} />}
    </Page>
  );
}

function Incidents(props: {
  pages: ReturnType<typeof usePages<IncidentView>>;
  onEnd: (incident: IncidentView) => void;
}) {
  const { t, language, moment, relative } = useTexts();
  const { mayRun } = useMe();
  const { pages, onEnd } = props;
  const columns: Column<IncidentView>[] = [
    {
      title: t('incidents.what'),
      width: 'minmax(0, 3fr)',
      onPhone: true,
      cell: ({ text }) => (
        <span title={[text[language].told, text[language].advice].filter(Boolean).join('\n')}>
          <TwoLines first={text[language].title} second={text[language].told} />
        </span>
      ),
    },
    {
      title: t('incidents.severity'),
      width: '130px',
      cell: ({ severity, resolvedAt }) => (
        <Status tone={resolvedAt !== undefined ? 'quiet' : severe.includes(severity) ? 'bad' : 'warn'}>
          {t(`incidents.severities.${severity as 'error'}`)}
        </Status>
      ),
    },
    {
      title: t('incidents.begun'),
      width: 'minmax(0, 1fr)',
      cell: ({ openedAt, times }) => (
        <TwoLines
          first={<span title={moment(openedAt)}>{relative(openedAt)}</span>}
          second={t('incidents.times', { count: times })}
        />
      ),
    },
    {
      title: t('incidents.ended'),
      width: 'minmax(0, 1.2fr)',
      onPhone: true,
      cell: (incident) =>
        incident.resolvedAt === undefined ? (
          <Status tone="bad">{t('incidents.open')}</Status>
        ) : (
          <TwoLines
            first={<span title={moment(incident.resolvedAt)}>{relative(incident.resolvedAt)}</span>}
            second={<EndedBy incident={incident} />}
          />
        ),
    },
    ...(mayRun
      ? [
          actionsColumn<IncidentView>(t('common.actions'), '120px', (incident) =>
            incident.resolvedAt === undefined ? (
              <RowButton onClick={() => onEnd(incident)} of={incident.text[language].title}>
                {t('incidents.resolve')}
              </RowButton>
            ) : null,
          ),
        ]
      : []),
  ];
  return (
    <DataTable
      label={t('incidents.title')}
      columns={columns}
      total={pages.total ?? 0}
      rowAt={pages.rowAt}
      onSight={pages.onSight}
    />
  );
}

function EndedBy({ incident: { resolvedBy = '', note } }: { incident: IncidentView }) {
  const { t } = useTexts();
  if (note !== undefined) return <span title={note}>{t('incidents.by', { name: resolvedBy, note })}</span>;
  return <>{t(resolvedBy === 'silence' ? 'incidents.bySilence' : 'incidents.byItself')}</>;
}

function EndDialog({ incident, onClose }: { incident: IncidentView; onClose: () => void }) {
  const { t, language } = useTexts();
  const client = useQueryClient();
  const [note, setNote] = useState('');
  const resolve = useMutation({
    mutationFn: () => api('POST', `/incidents/${incident.id}/resolve`, { note }),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  const { told, advice } = incident.text[language];
  return (
    <Dialog title={t('incidents.resolveTitle')} onClose={onClose}>
      <Form onSubmit={() => resolve.mutate()}>
        <Stack gap={4}>
          <Text>{told}</Text>
          {advice === undefined ? null : (
            <Text size="sm" className="quiet">
              {advice}
            </Text>
          )}
        </Stack>
        <Textarea
          label={t('incidents.note')}
          description={t('incidents.resolveHint')}
          required
          autosize
          minRows={2}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <FormEnd
          submit={t('incidents.resolve')}
          isPending={resolve.isPending}
          isReady={note.trim() !== ''}
          error={resolve.error}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  );
}
