// Every secret, one by one: when it was last backed up, and whether it is whole.
import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { SecretItemView, SecretListView, SecretStateView } from '../../../../src/api/schemas/kits.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { midnightOf } from '../../app/days.ts';
import { usePages } from '../../app/pages.ts';
import { useQueryValues } from '../../app/router-query.ts';
import { useMe } from '../../app/session.ts';
import { DownloadButton } from '../../parts/download-button.tsx';
import { Empty, Loaded } from '../../parts/page.tsx';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Status, type Tone } from '../../parts/status.tsx';
import { type Column, DataTable, TwoLines } from '../../parts/table.tsx';
import { PasswordPolicyDialog } from './password-policy.tsx';

const compliances = ['unmet', 'met', 'unknown'] as const;
const judged: Record<SecretItemView['compliance'], Tone> = { met: 'good', unmet: 'warn', unknown: 'quiet' };
const states: SecretStateView[] = ['healthy', 'waiting', 'empty', 'damaged'];
const tones: Record<SecretStateView, Tone> = { healthy: 'good', waiting: 'warn', empty: 'quiet', damaged: 'bad' };

const types = ['login', 'ssh-key', 'api-key', 'certificate', 'note', 'database', 'other'] as const;

/** See the head of this file. */
export function SecretsView() {
  const { t } = useTexts();
  const [values, set] = useQueryValues();
  const [text, setText] = useState(values.get('text') ?? '');
  const [asked] = useDebouncedValue(text, 250);
  useEffect(() => set({ text: asked }), [asked, set]);
  const state = values.get('state') ?? '';
  const source = values.get('source') ?? '';
  const type = values.get('type') ?? '';
  const compliance = values.get('compliance') ?? '';
  const { mayChange } = useMe();
  const [isChanging, setChanging] = useState(false);
  const filter = new URLSearchParams(
    Object.entries({
      text: asked,
      state,
      source,
      type,
      compliance,
      since: midnightOf(values.get('since'), 0),
      until: midnightOf(values.get('until'), 1),
    }).filter(([, value]) => value !== ''),
  ).toString();
  const head = useQuery({
    queryKey: ['secrets', filter, 'head'],
    queryFn: () => api<SecretListView>('GET', `/secrets?${filter}&limit=1`),
    placeholderData: (before) => before,
  });
  const all = { value: '', label: t('secrets.all') };
  return (
    <Stack gap="md">
      <Group align="flex-end" gap="sm">
        <TextInput
          className="grow-wide"
          label={t('secrets.search')}
          placeholder={t('secrets.searchHint')}
          leftSection={<Icon name="search" size={16} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Select
          label={t('secrets.state')}
          w={160}
          data={[all, ...states.map((value) => ({ value, label: t(`secrets.states.${value}`) }))]}
          value={state}
          allowDeselect={false}
          onChange={(value) => set({ state: value ?? '' })}
        />
        <Select
          label={t('secrets.source')}
          w={160}
          data={[all, ...(head.data?.sources ?? []).map((value) => ({ value, label: value }))]}
          value={source}
          allowDeselect={false}
          onChange={(value) => set({ source: value ?? '' })}
        />
        <Select
          label={t('secrets.type')}
          w={160}
          data={[all, ...types.map((value) => ({ value, label: t(`secrets.types.${value}`) }))]}
          value={type}
          allowDeselect={false}
          onChange={(value) => set({ type: value ?? '' })}
        />
        <Select
          label={t('compliance.title')}
          w={160}
          data={[all, ...compliances.map((value) => ({ value, label: t(`compliance.${value}`) }))]}
          value={compliance}
          allowDeselect={false}
          onChange={(value) => set({ compliance: value ?? '' })}
        />
        {(['since', 'until'] as const).map((name) => (
          <TextInput
            key={name}
            type="date"
            label={t(`secrets.${name}`)}
            value={values.get(name) ?? ''}
            onChange={(event) => set({ [name]: event.currentTarget.value })}
          />
        ))}
        <DownloadButton to={`/secrets.csv?${filter}`}>{t('secrets.csv')}</DownloadButton>
        {mayChange ? (
          <Button variant="default" onClick={() => setChanging(true)}>
            {t('compliance.policy')}
          </Button>
        ) : null}
      </Group>
      <Loaded query={head}>
        {(data) => (
          <>
            <Group gap="md">
              {states.map((each) => (
                <Group key={each} gap={6}>
                  <Status tone={tones[each]}>{`${t(`secrets.states.${each}`)}: ${data.counts[each]}`}</Status>
                  <Text size="xs" className="quiet">
                    {t(`secrets.stateHint.${each}`)}
                  </Text>
                </Group>
              ))}
              {data.counts.unmet === 0 ? null : (
                <Status tone="warn">{t('compliance.unmetCount', { count: data.counts.unmet })}</Status>
              )}
            </Group>
            {data.total === 0 ? (
              <Empty
                icon="key"
                title={t(filter === '' ? 'secrets.emptyTitle' : 'secrets.emptyFilter')}
                hint={t('secrets.emptyHint')}
              />
            ) : (
              <Secrets filter={filter} />
            )}
          </>
        )}
      </Loaded>
      {isChanging ? <PasswordPolicyDialog onClose={() => setChanging(false)} /> : null}
    </Stack>
  );
}

function Secrets({ filter }: { filter: string }) {
  const { t, moment, relative } = useTexts();
  const pages = usePages<SecretItemView>(
    ['secrets', filter],
    async (from, limit) => {
      const { total, items } = await api<SecretListView>('GET', `/secrets?${filter}&from=${from}&limit=${limit}`);
      return { total, rows: items };
    },
    { keepsOld: true },
  );
  const columns: Column<SecretItemView>[] = [
    {
      title: t('secrets.titleColumn'),
      width: 'minmax(0, 2fr)',
      onPhone: true,
      cell: ({ title, username, groups }) => (
        <TwoLines first={title} second={[groups.join(' / '), username].filter(Boolean).join(' · ')} />
      ),
    },
    {
      title: t('secrets.type'),
      width: 'minmax(0, 1fr)',
      cell: ({ type, source }) => <TwoLines first={t(`secrets.types.${type as 'login'}`)} second={source} />,
    },
    { title: t('secrets.changed'), width: '158px', cell: ({ changedAt }) => moment(changedAt) },
    {
      title: t('secrets.backup'),
      width: 'minmax(104px, 1fr)',
      cell: ({ copies }) => {
        const [newest] = copies.toSorted((a, b) => (a.provedAt > b.provedAt ? -1 : 1));
        return newest === undefined ? (
          t('secrets.never')
        ) : (
          <TwoLines
            first={<span title={moment(newest.provedAt)}>{relative(newest.provedAt)}</span>}
            second={copies.map(({ destination }) => destination).join(', ')}
          />
        );
      },
    },
    {
      title: t('compliance.title'),
      width: '156px',
      cell: (item) => <Judged item={item} />,
    },
    {
      title: t('secrets.state'),
      width: '132px',
      onPhone: true,
      cell: ({ state }) => (
        <span title={t(`secrets.stateHint.${state}`)}>
          <Status tone={tones[state]}>{t(`secrets.states.${state}`)}</Status>
        </span>
      ),
    },
  ];
  if (pages.error !== null) return <FailureBox failure={viewOfError(pages.error)} />;
  return (
    <DataTable
      label={t('kits.tabSecrets')}
      columns={columns}
      total={pages.total ?? 0}
      rowAt={pages.rowAt}
      onSight={pages.onSight}
    />
  );
}

function Judged({ item: { compliance, faults } }: { item: SecretItemView }) {
  const { t } = useTexts();
  const reasons = faults.map((fault) => t(`compliance.faults.${fault}`)).join(', ');
  return (
    <TwoLines
      first={
        <span title={compliance === 'unknown' ? t('compliance.unknownHint') : reasons}>
          <Status tone={judged[compliance]}>{t(`compliance.${compliance}`)}</Status>
        </span>
      }
      second={reasons}
    />
  );
}
