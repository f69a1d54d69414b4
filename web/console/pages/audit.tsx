// The audit trail: who changed what, with before and after, and whether the chain of it is whole.
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { AuditEntryView, AuditVerdictView } from '../../../src/api/schemas/audit.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { Dialog } from '../parts/dialog.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { Empty, Fact, Page } from '../parts/page.tsx';
import { Status } from '../parts/status.tsx';
import { type Column, DataTable, TwoLines } from '../parts/table.tsx';
import { roles } from './people/roles.ts';

interface AuditPart {
  entries: AuditEntryView[];
  head?: string;
}

const partRows = 500;

/** Audit. */
export function AuditPage() {
  const { t } = useTexts();
  const [actor, setActor] = useState('');
  const [action, setAction] = useState('');
  const [shown, setShown] = useState<AuditEntryView>();
  const [asked] = useDebouncedValue(
    new URLSearchParams({ ...(actor === '' ? {} : { actor }), ...(action === '' ? {} : { action }) }).toString(),
    250,
  );
  const trail = useInfiniteQuery({
    queryKey: ['audit', asked],
    queryFn: ({ pageParam }) =>
      api<AuditPart>('GET', `/audit?${asked}&limit=${partRows}${pageParam === 0 ? '' : `&before=${pageParam}`}`),
    initialPageParam: 0,
    getNextPageParam: ({ entries }) => (entries.length < partRows ? undefined : entries.at(-1)?.number),
  });
  const columns = useColumns(setShown);
  const entries = trail.data?.pages.flatMap((part) => part.entries) ?? [];
  return (
    <Page title={t('audit.title')} lead={t('audit.lead')} action={<Verify />}>
      <Stack gap="md">
        <Group align="flex-end" gap="sm">
          <TextInput
            label={t('audit.actor')}
            value={actor}
            onChange={(event) => setActor(event.currentTarget.value)}
            autoComplete="off"
          />
          <TextInput
            label={t('audit.action')}
            value={action}
            onChange={(event) => setAction(event.currentTarget.value)}
            autoComplete="off"
          />
        </Group>
        {trail.error === null ? null : <FailureBox failure={viewOfError(trail.error)} />}
        {trail.data !== undefined && entries.length === 0 ? (
          <Empty icon="audit" title={t('audit.emptyTitle')} hint={t('audit.emptyHint')} />
        ) : (
          <DataTable
            label={t('audit.title')}
            columns={columns}
            total={entries.length}
            rowAt={(index) => entries[index]}
            onSight={(_first, last) => {
              if (last >= entries.length - 50 && trail.hasNextPage && !trail.isFetchingNextPage)
                void trail.fetchNextPage();
            }}
          />
        )}
        {trail.data?.pages[0]?.head === undefined ? null : (
          <Text size="xs" className="quiet">
            {t('audit.head')}: <span className="mono">{trail.data.pages[0].head}</span>
          </Text>
        )}
      </Stack>
      {shown === undefined ? null : <EntryDialog entry={shown} onClose={() => setShown(undefined)} />}
    </Page>
  );
}

function useColumns(onOpen: (entry: AuditEntryView) => void): Column<AuditEntryView>[] {
  const { t, date, hour } = useTexts();
  const roleName = useRoleName();
  return [
    {
      title: t('audit.when'),
      width: 'minmax(94px, 1fr)',
      onPhone: true,
      cell: (entry) => (
        <TwoLines
          first={
            <Button variant="transparent" size="compact-sm" px={0} onClick={() => onOpen(entry)}>
              {date(entry.at)}
            </Button>
          }
          second={hour(entry.at)}
        />
      ),
    },
    {
      title: t('audit.who'),
      width: 'minmax(0, 1fr)',
      onPhone: true,
      cell: ({ actor, role, address }) => (
        <TwoLines first={actor} second={[roleName(role), address].filter(Boolean).join(' · ')} />
      ),
    },
    {
      title: t('audit.what'),
      width: 'minmax(0, 2fr)',
      cell: ({ action, subject }) => <TwoLines first={action} second={subject} />,
    },
    {
      title: t('audit.outcome'),
      width: '116px',
      onPhone: true,
      cell: ({ outcome }) => <Status tone={outcome === 'done' ? 'good' : 'bad'}>{t(`audit.${outcome}`)}</Status>,
    },
  ];
}

// A role of an account has a word in every language; what a program or a later version calls itself stays.
function useRoleName(): (role?: string) => string | undefined {
  const { t } = useTexts();
  return (role) => {
    const known = roles.find((one) => one === role);
    return known === undefined ? role : t(`role.${known}`);
  };
}

function EntryDialog({ entry, onClose }: { entry: AuditEntryView; onClose: () => void }) {
  const { t, moment } = useTexts();
  const roleName = useRoleName();
  const names = [...new Set([...Object.keys(entry.before ?? {}), ...Object.keys(entry.after ?? {})])].sort();
  const text = (value: unknown): string =>
    value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
  return (
    <Dialog title={t('audit.entry', { number: entry.number })} size="lg" onClose={onClose}>
      <dl className="facts">
        <Fact name={t('audit.when')}>{moment(entry.at)}</Fact>
        <Fact name={t('audit.who')}>
          {[entry.actor, roleName(entry.role), entry.address].filter(Boolean).join(', ')}
        </Fact>
        <Fact name={t('audit.what')}>{[entry.action, entry.subject].filter(Boolean).join(' · ')}</Fact>
        {entry.code === undefined ? null : <Fact name={t('common.code')}>{entry.code}</Fact>}
        {names.map((name) => (
          <Fact key={name} name={name}>
            <div className="mono">{t('audit.before', { value: text(entry.before?.[name]) })}</div>
            <div className="mono">{t('audit.after', { value: text(entry.after?.[name]) })}</div>
          </Fact>
        ))}
        <Fact name={t('audit.hash')}>
          <span className="mono">{entry.hash}</span>
        </Fact>
      </dl>
    </Dialog>
  );
}

function Verify() {
  const { t } = useTexts();
  const verify = useMutation({
    mutationFn: () => api<AuditVerdictView>('GET', '/audit/verdict'),
  });
  return (
    <Group gap="sm">
      <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
        {t('audit.verify')}
      </Button>
      <div aria-live="polite">
        {verify.data === undefined ? null : verify.data.isWhole ? (
          <Status tone="good">{t('audit.whole', { count: verify.data.entries ?? 0 })}</Status>
        ) : (
          <FailureBox title={t('audit.broken')} failure={verify.data.failure ?? { code: '', message: '' }} />
        )}
        {verify.error === null ? null : <FailureBox failure={viewOfError(verify.error)} />}
      </div>
    </Group>
  );
}
