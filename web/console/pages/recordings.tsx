// The catalogue of session recordings: found by who, where, when, and by what was shown or typed.
import { Button, Card, Stack, Text, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { RecordingList, RecordingView } from '../../../src/api/schemas/recordings.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { Go, goTo } from '../app/router.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { Empty, Page } from '../parts/page.tsx';
import { type Column, RowsTable, TwoLines } from '../parts/table.tsx';

interface Wanted {
  text: string;
  content: string;
  since: string;
  until: string;
}

const nothing: Wanted = { text: '', content: '', since: '', until: '' };

/** All recordings. */
export function RecordingsPage() {
  const { t, bytes, number } = useTexts();
  const [draft, setDraft] = useState(nothing);
  const [wanted, setWanted] = useState(nothing);
  const found = useInfiniteQuery({
    queryKey: ['recordings', wanted],
    queryFn: ({ pageParam }) => api<RecordingList>('GET', `/recordings?${queryOf(wanted, pageParam)}`),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
  });
  const [first] = found.data?.pages ?? [];
  const recordings = found.data?.pages.flatMap((page) => page.recordings) ?? [];
  const search = (event: FormEvent): void => {
    event.preventDefault();
    setWanted(draft);
  };
  const field = (name: keyof Wanted) => ({
    label: t(`recordings.find.${name}`),
    inputWrapperOrder: ['label' as const, 'input' as const, 'description' as const],
    value: draft[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      setDraft({ ...draft, [name]: event.currentTarget.value }),
  });
  return (
    <Page title={t('recordings.title')} lead={t('recordings.lead')}>
      <Card withBorder padding="lg" component="form" role="search" onSubmit={search}>
        <div className="recording-search">
          <TextInput {...field('text')} description={t('recordings.find.textHint')} />
          {first?.findsContent === false ? null : (
            <TextInput {...field('content')} description={t('recordings.find.contentHint')} />
          )}
          <TextInput {...field('since')} type="date" />
          <TextInput {...field('until')} type="date" />
          <Button type="submit" loading={found.isFetching && !found.isFetchingNextPage}>
            {t('recordings.find.go')}
          </Button>
        </div>
      </Card>
      {found.error === null ? null : <FailureBox failure={viewOfError(found.error)} />}
      {first === undefined ? null : recordings.length === 0 ? (
        <Empty
          icon="recordings"
          title={t(first.totals.recordings === 0 ? 'recordings.emptyTitle' : 'recordings.noneTitle')}
          hint={t(first.totals.recordings === 0 ? 'recordings.emptyHint' : 'recordings.noneHint')}
        />
      ) : (
        <>
          <Text size="sm" className="quiet" aria-live="polite">
            {t('recordings.totals', {
              count: first.totals.recordings,
              number: number(first.totals.recordings),
              size: bytes(first.totals.bytes),
            })}
          </Text>
          <RecordingTable recordings={recordings} />
        </>
      )}
      {found.hasNextPage ? (
        <Stack align="center">
          <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {t('runs.older')}
          </Button>
        </Stack>
      ) : null}
    </Page>
  );
}

function RecordingTable({ recordings }: { recordings: RecordingView[] }) {
  const { t, date, hour, duration, bytes } = useTexts();
  const columns: Column<RecordingView>[] = [
    {
      title: t('recordings.what'),
      width: 'minmax(0, 1.6fr)',
      onPhone: true,
      cell: ({ id, title, sessionId, path, family, hold }) => (
        <TwoLines
          first={
            <Go to={`/recordings/${id}`} fz="sm">
              {title ?? sessionId ?? path.split('/').at(-1) ?? id}
            </Go>
          }
          second={[t(`recordings.family.${family}`), ...(hold === undefined ? [] : [t('recordings.held')])].join(' · ')}
        />
      ),
    },
    {
      title: t('recordings.started'),
      width: 'minmax(96px, 0.9fr)',
      onPhone: true,
      cell: ({ startedAt }) => <TwoLines first={date(startedAt)} second={hour(startedAt)} />,
    },
    {
      title: t('recordings.user'),
      width: 'minmax(0, 1fr)',
      cell: ({ user, account, origin }) => <TwoLines first={user ?? account ?? t('common.none')} second={origin} />,
    },
    {
      title: t('recordings.target'),
      width: 'minmax(0, 1fr)',
      onPhone: true,
      cell: ({ target, host, account, user }) => (
        <TwoLines first={target ?? host} second={account === user ? undefined : account} />
      ),
    },
    {
      title: t('recordings.lasts'),
      width: '110px',
      isNumber: true,
      cell: ({ durationMs }) => (durationMs === undefined ? '' : duration(durationMs)),
    },
    { title: t('recordings.size'), width: '100px', isNumber: true, cell: ({ size }) => bytes(size) },
  ];
  return (
    <RowsTable
      label={t('recordings.title')}
      columns={columns}
      rows={recordings}
      onOpen={({ id }) => goTo(`/recordings/${id}`)}
    />
  );
}

function queryOf({ text, content, since, until }: Wanted, skip: number): URLSearchParams {
  const day = (date: string, more: number): string => {
    const time = new Date(`${date}T00:00`);
    time.setDate(time.getDate() + more);
    return time.toISOString();
  };
  return new URLSearchParams({
    ...(text.trim() === '' ? {} : { text: text.trim() }),
    ...(content.trim() === '' ? {} : { content: content.trim() }),
    ...(since === '' ? {} : { since: day(since, 0) }),
    // The last day is meant as a whole.
    ...(until === '' ? {} : { until: day(until, 1) }),
    ...(skip === 0 ? {} : { skip: String(skip) }),
  });
}
