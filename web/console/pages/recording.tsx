// One recording: what is known of it, the reason before one sees it, then the player.
import { Button, Card, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import type { RecordingDetail, RecordingView } from '../../../src/api/schemas/recordings.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { Go } from '../app/router.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { Icon } from '../parts/icons.tsx';
import { Fact, Loaded, Page } from '../parts/page.tsx';
import { isReason, ReasonField } from '../parts/reason-field.tsx';

// The emulator is large: it comes when somebody watches.
const replay = () => import('./recording-replay.tsx');
const RecordingReplay = lazy(async () => ({ default: (await replay()).RecordingReplay }));

const waitingMs = 5000;

/** One recording. */
export function RecordingPage({ id }: { id: string }) {
  const { t, moment } = useTexts();
  const detail = useQuery({
    queryKey: ['recording', id],
    queryFn: () => api<RecordingDetail>('GET', `/recordings/${encodeURIComponent(id)}`),
    // Somebody may approve meanwhile.
    refetchInterval: ({ state }) =>
      state.data?.approvals.some((approval) => approval.state === 'waiting') === true ? waitingMs : false,
  });
  const [viewing, setViewing] = useState<string>();
  const recording = detail.data?.recording;
  const title =
    recording === undefined
      ? t('recordings.one')
      : recording.user === undefined && recording.account === undefined
        ? (recording.title ?? recording.path.split('/').at(-1) ?? recording.id)
        : t('recordings.of', {
            user: recording.user ?? recording.account,
            target: recording.target ?? recording.host,
          });
  return (
    <Stack>
      <Go to="/recordings" size="sm">
        ← {t('recordings.back')}
      </Go>
      <Page title={title} {...(recording === undefined ? {} : { lead: moment(recording.startedAt) })}>
        <Loaded query={detail}>
          {(data) => (
            <Stack gap="lg">
              {data.recording.damage === undefined ? null : (
                <FailureBox failure={{ code: 'recordings.damaged', message: data.recording.damage }} />
              )}
              {viewing === undefined ? (
                <Ask detail={data} onBegin={setViewing} />
              ) : (
                <Replay recording={data.recording} viewing={viewing} />
              )}
              <Facts detail={data} />
              {data.may.hold ? <Hold recording={data.recording} /> : null}
            </Stack>
          )}
        </Loaded>
      </Page>
    </Stack>
  );
}

function Ask({ detail, onBegin }: { detail: RecordingDetail; onBegin(viewing: string): void }) {
  const { recording, may, approvals } = detail;
  const { t } = useTexts();
  const [reason, setReason] = useState('');
  const client = useQueryClient();
  const begin = useMutation({
    mutationFn: (how: 'play' | 'export') =>
      api<{ viewing: string }>('POST', `/recordings/${recording.id}/viewings`, { reason, how }),
    onSuccess: async ({ viewing }, how) => {
      if (how === 'play') onBegin(viewing);
      else location.assign(`/api/v1/recordings/viewings/${viewing}/content`);
      await client.invalidateQueries({ queryKey: ['recording', recording.id] });
    },
    onError: () => client.invalidateQueries({ queryKey: ['recording', recording.id] }),
  });
  const isOpen = (how: 'play' | 'export'): boolean =>
    approvals.length === 0 || approvals.some((approval) => approval.how === how && approval.state === 'approved');
  // That a request was made is no mistake: the line about it tells all.
  const error = begin.error === null ? undefined : viewOfError(begin.error);
  const failure = error?.code === 'approvals.waiting' ? undefined : error;
  const needsPlayer = may.watch && (recording.family === 'terminal' || recording.family === 'desktop');
  useEffect(() => {
    // It is there when the reason is typed. What fails is told when somebody watches.
    if (needsPlayer) replay().catch(() => {});
  }, [needsPlayer]);
  if (!may.watch) {
    return (
      <Card withBorder padding="lg">
        <Text>{t('recordings.notYours')}</Text>
      </Card>
    );
  }
  const isPlayable = recording.family !== 'other';
  return (
    <Card
      withBorder
      padding="lg"
      component="form"
      onSubmit={(event) => {
        event.preventDefault();
        begin.mutate(isPlayable ? 'play' : 'export');
      }}
    >
      <Stack gap="md">
        {isPlayable ? null : <Text>{t('recordings.notPlayable')}</Text>}
        {isPlayable || may.export ? (
          <>
            <ReasonField value={reason} onChange={setReason} />
            {failure === undefined ? null : <FailureBox failure={failure} />}
            <Approvals detail={detail} />
            <Group gap="sm">
              {isPlayable ? (
                <Button
                  type="submit"
                  leftSection={<Icon name="play" size={16} />}
                  disabled={!isReason(reason)}
                  loading={begin.isPending}
                >
                  {t(isOpen('play') ? 'recordings.watch' : 'recordings.askToWatch')}
                </Button>
              ) : null}
              {may.export ? (
                <Button
                  variant="default"
                  disabled={!isReason(reason)}
                  loading={begin.isPending}
                  onClick={() => begin.mutate('export')}
                >
                  {t(isOpen('export') ? 'recordings.export' : 'recordings.askToSave')}
                </Button>
              ) : null}
            </Group>
          </>
        ) : null}
      </Stack>
    </Card>
  );
}

function Approvals({ detail: { approvals } }: { detail: RecordingDetail }) {
  const { t, moment } = useTexts();
  if (approvals.length === 0) return null;
  const lines = approvals.flatMap(({ how, state, id, expiresAt = '', approvedBy }) => {
    if (state === 'none') return [];
    const text =
      state === 'waiting'
        ? t('recordings.waits', { id, until: moment(expiresAt) })
        : t('recordings.approvedUntil', { by: approvedBy, until: moment(expiresAt) });
    return [
      <Text key={how} size="sm">
        {t(`recordings.how.${how}`)}: {text}
      </Text>,
    ];
  });
  return (
    <div role="status">
      <Text size="sm" className="quiet">
        {t('recordings.needsApproval')}
      </Text>
      {lines}
    </div>
  );
}

function Replay({ recording, viewing }: { recording: RecordingView; viewing: string }) {
  const { t } = useTexts();
  const base = `/api/v1/recordings/viewings/${viewing}`;
  if (recording.family === 'video') {
    return (
      <video
        className="recording-video"
        controls
        autoPlay
        preload="metadata"
        src={`${base}/content`}
        aria-label={t('recordings.video')}
      />
    );
  }
  return (
    <Suspense fallback={<Text className="quiet">{t('common.loading')}</Text>}>
      <RecordingReplay recording={recording} url={`${base}/${recording.family === 'desktop' ? 'desktop' : 'events'}`} />
    </Suspense>
  );
}

function Facts({ detail: { recording, viewings } }: { detail: RecordingDetail }) {
  const { t, moment, duration, bytes, list } = useTexts();
  const facts: [string, string | undefined][] = [
    ['user', recording.user],
    ['origin', recording.origin],
    ['target', recording.target],
    ['account', recording.account],
    ['protocol', recording.protocol],
    ['sessionId', recording.sessionId],
    ['name', recording.title],
    ['lasts', recording.durationMs === undefined ? undefined : duration(recording.durationMs)],
    ['size', bytes(recording.size)],
    ['tags', recording.tags.length === 0 ? undefined : list(recording.tags)],
    ['path', `${recording.host}:${recording.path}`],
    ['formerPaths', recording.formerPaths.length === 0 ? undefined : list(recording.formerPaths)],
    ['sha256', recording.sha256],
    ['copies', recording.copies.length === 0 ? undefined : list(recording.copies)],
  ];
  return (
    <Card withBorder padding="lg">
      <dl className="facts">
        {facts.map(([name, value]) =>
          value === undefined ? null : (
            <Fact key={name} name={t(`recordings.facts.${name}` as 'recordings.facts.user')}>
              {value}
            </Fact>
          ),
        )}
        {recording.replaces === undefined ? null : (
          <Fact name={t('recordings.facts.replaces')}>
            <Go to={`/recordings/${recording.replaces}`}>{recording.replaces}</Go>
          </Fact>
        )}
        <Fact name={t('recordings.facts.seen')}>
          {viewings.length === 0
            ? t('recordings.nobody')
            : viewings.slice(0, 10).map((each) => (
                <div key={`${each.startedAt}${each.viewer}`}>
                  {moment(each.startedAt)}, {each.viewer} ({t(`recordings.how.${each.how}`)}
                  {each.approvedBy === undefined
                    ? ''
                    : `, ${t('recordings.facts.withApproval', { by: each.approvedBy })}`}
                  ): {each.reason}
                </div>
              ))}
        </Fact>
      </dl>
    </Card>
  );
}

function Hold({ recording }: { recording: RecordingView }) {
  const { t, moment } = useTexts();
  const [reason, setReason] = useState('');
  const client = useQueryClient();
  const { hold } = recording;
  const change = useMutation({
    mutationFn: () => api('POST', `/recordings/${recording.id}/${hold === undefined ? 'hold' : 'release'}`, { reason }),
    onSuccess: async () => {
      setReason('');
      await client.invalidateQueries({ queryKey: ['recording', recording.id] });
    },
  });
  return (
    <Card
      withBorder
      padding="lg"
      component="form"
      aria-label={t('recordings.hold')}
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <Text fw={600}>{t('recordings.hold')}</Text>
      <Text size="sm" className="quiet" mb="sm">
        {hold === undefined
          ? t('recordings.holdHint')
          : t('recordings.heldBy', { by: hold.by, at: moment(hold.at), reason: hold.reason })}
      </Text>
      {change.error === null ? null : <FailureBox failure={viewOfError(change.error)} />}
      <Group align="flex-end" gap="sm">
        <TextInput
          label={t('recordings.holdReason')}
          className="grow"
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={!isReason(reason)} loading={change.isPending}>
          {t(hold === undefined ? 'recordings.holdIt' : 'recordings.releaseIt')}
        </Button>
      </Group>
    </Card>
  );
}
