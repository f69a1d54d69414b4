// What was wrong, from when to when. What stands comes first; a person may say that something is over, and why.
import { Anchor, Group, SegmentedControl, Stack, Text, Textarea } from '@mantine/core';
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
import { Empty, Fact, Page } from '../parts/page.tsx';
import { RowButton } from '../parts/row-button.tsx';
import { Status } from '../parts/status.tsx';
import { type Column, DataTable, TwoLines } from '../parts/table.tsx';

const severe = ['emergency', 'alert', 'critical', 'error'];

/** Incidents. */
export function IncidentsPage() {
  const { t, language } = useTexts();
  const [values, set] = useQueryValues();
  const state = values.get('state') ?? 'open';
  const [shown, setShown] = useState<IncidentView>();
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
        <Incidents pages={pages} onOpen={setShown} />
      )}
      {shown === undefined ? null : <IncidentDialog incident={shown} onClose={() => setShown(undefined)} />}
    </Page>
  );
}

function Incidents(props: {
  pages: ReturnType<typeof usePages<IncidentView>>;
  onOpen: (incident: IncidentView) => void;
}) {
  const { t, language, moment, relative } = useTexts();
  const { mayRun } = useMe();
  const { pages, onOpen } = props;
  const columns: Column<IncidentView>[] = [
    {
      title: t('incidents.what'),
      width: 'minmax(0, 3fr)',
      onPhone: true,
      cell: (incident) => (
        <TwoLines
          first={
            <Anchor component="button" type="button" fz="sm" onClick={() => onOpen(incident)}>
              {incident.text[language].title}
            </Anchor>
          }
          second={incident.text[language].told}
        />
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
      width: 'minmax(112px, 1.2fr)',
      onPhone: true,
      cell: (incident) =>
        incident.resolvedAt === undefined ? (
          <Status tone="bad">{t('incidents.isOpen')}</Status>
        ) : (
          <TwoLines
            first={<span title={moment(incident.resolvedAt)}>{relative(incident.resolvedAt)}</span>}
            second={<EndedBy incident={incident} />}
          />
        ),
    },
    ...(mayRun
      ? [
          // On a phone the row itself leads to it.
          {
            title: t('common.actions'),
            isTitleHidden: true,
            width: '132px',
            cell: (incident: IncidentView) =>
              incident.resolvedAt === undefined ? (
                <RowButton onClick={() => onOpen(incident)} of={incident.text[language].title}>
                  {t('incidents.resolve')}
                </RowButton>
              ) : null,
          },
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
      onOpen={onOpen}
    />
  );
}

function EndedBy({ incident: { resolvedBy = '', note } }: { incident: IncidentView }) {
  const { t } = useTexts();
  if (note !== undefined) return <span title={note}>{t('incidents.by', { name: resolvedBy, note })}</span>;
  return <>{t(resolvedBy === 'silence' ? 'incidents.bySilence' : 'incidents.byItself')}</>;
}

function IncidentDialog({ incident, onClose }: { incident: IncidentView; onClose: () => void }) {
  const { t, language, moment } = useTexts();
  const { mayRun } = useMe();
  const { title, told, advice } = incident.text[language];
  return (
    <Dialog title={title} onClose={onClose}>
      <Stack gap="md">
        <Text>{told}</Text>
        {advice === undefined ? null : (
          <Text size="sm" className="quiet">
            {advice}
          </Text>
        )}
        <dl className="facts">
          <Fact name={t('incidents.begun')}>{moment(incident.openedAt)}</Fact>
          <Fact name={t('incidents.ended')}>
            {incident.resolvedAt === undefined ? (
              t('incidents.isOpen')
            ) : (
              <>
                {moment(incident.resolvedAt)} <EndedBy incident={incident} />
              </>
            )}
          </Fact>
        </dl>
        {incident.times > 1 ? (
          <Text size="sm" className="quiet">
            {t('incidents.toldLast', { when: moment(incident.toldAt), count: incident.times })}
          </Text>
        ) : null}
        {incident.resolvedAt === undefined && mayRun ? <EndForm incident={incident} onClose={onClose} /> : null}
      </Stack>
    </Dialog>
  );
}

function EndForm({ incident, onClose }: { incident: IncidentView; onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [note, setNote] = useState('');
  const resolve = useMutation({
    mutationFn: () => api('POST', `/incidents/${incident.id}/resolve`, { note }),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  return (
    <Form onSubmit={() => resolve.mutate()}>
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
  );
}
