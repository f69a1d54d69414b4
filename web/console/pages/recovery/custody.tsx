// The custodians of the recovery key: who holds a share, and how far each is with it.
import { Alert, Button } from '@mantine/core';
import { useState } from 'react';
import type { CeremonyView } from '../../../../src/api/schemas/ceremony.ts';
import { useTexts } from '../../app/i18n.ts';
import { useMe } from '../../app/session.ts';
import { Icon } from '../../parts/icons.tsx';
import { Empty, OpenSection } from '../../parts/page.tsx';
import { Status, type Tone } from '../../parts/status.tsx';
import { type Column, RowsTable, TwoLines } from '../../parts/table.tsx';
import { HandOutDialog } from './hand-out-dialog.tsx';

type Holder = NonNullable<CeremonyView['set']>['holders'][number];

const tones: Record<Holder['step'], Tone> = {
  made: 'warn',
  waiting: 'warn',
  expired: 'bad',
  viewed: 'warn',
  printed: 'warn',
  confirmed: 'good',
};

/** See the head of this file. */
export function Custody({ ceremony: { set, custodians } }: { ceremony: CeremonyView }) {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const [isHanding, setHanding] = useState(false);
  const hand = mayChange ? <Button onClick={() => setHanding(true)}>{t('custody.handOut')}</Button> : null;
  return (
    <>
      <OpenSection
        id="custodians"
        title={t('custody.title')}
        lead={
          set === undefined
            ? t('custody.lead')
            : t('custody.set', { name: set.name, threshold: set.threshold, count: set.count })
        }
        action={set === undefined ? null : hand}
      >
        {set?.worry === undefined ? null : (
          <Alert
            mb="sm"
            color="yellow"
            icon={<Icon name="warning" />}
            title={t('custody.worry', {
              confirmed: set.worry.confirmed,
              wanted: set.worry.wanted,
              names: set.worry.waitingFor.join(', '),
            })}
          />
        )}
        {set === undefined ? (
          <Empty icon="people" title={t('custody.emptyTitle')} hint={t('custody.emptyHint')}>
            {hand}
          </Empty>
        ) : (
          <Holders holders={set.holders} />
        )}
      </OpenSection>
      {isHanding ? <HandOutDialog known={custodians} onClose={() => setHanding(false)} /> : null}
    </>
  );
}

function Holders({ holders }: { holders: Holder[] }) {
  const { t, relative } = useTexts();
  const columns: Column<Holder>[] = [
    {
      title: t('custody.custodian'),
      width: 'minmax(0, 1.4fr)',
      onPhone: true,
      cell: ({ custodian, share, isStruckOff }) => (
        <TwoLines first={`${share}. ${custodian}`} second={isStruckOff ? t('custody.struckOff') : undefined} />
      ),
    },
    {
      title: t('custody.delivery'),
      width: 'minmax(0, 1fr)',
      cell: ({ delivery, link }) => (
        <TwoLines
          first={t(`custody.deliveries.${delivery}`)}
          second={
            link === undefined || link.state !== 'waiting'
              ? undefined
              : t('custody.linkEnds', { when: relative(link.expiresAt) })
          }
        />
      ),
    },
    {
      title: t('custody.step'),
      width: 'minmax(130px, 1fr)',
      onPhone: true,
      cell: ({ step, confirmedAt }) => (
        <TwoLines
          first={<Status tone={tones[step]}>{t(`custody.steps.${step}`)}</Status>}
          second={confirmedAt === undefined ? undefined : relative(confirmedAt)}
        />
      ),
    },
  ];
  return <RowsTable label={t('custody.title')} columns={columns} rows={holders} />;
}
