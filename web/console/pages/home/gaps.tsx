// What is not protected yet, and where that is mended.
import { Card, Group, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Gap } from '../../../../src/api/schemas/overview.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Go } from '../../app/router.tsx';
import { useMe } from '../../app/session.ts';
import { useJobName } from '../../parts/job-name.ts';
import { Icon } from '../../parts/icons.tsx';
import { RowButton } from '../../parts/row-button.tsx';

/** The gaps, each with its action. */
export function Gaps({ gaps }: { gaps: Gap[] }) {
  const { t } = useTexts();
  const jobName = useJobName();
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="gaps">
      <Title order={2} id="gaps" mb="xs">
        {t('home.gaps')}
      </Title>
      {gaps.map((gap) => (
        <div className="gap-row" key={`${gap.what} ${gap.subject ?? ''}`}>
          <Group gap="sm" wrap="nowrap" align="flex-start">
            <span className="tone-warn">
              <Icon name="warning" />
            </span>
            <Text size="sm">{t(`home.gap.${gap.what}`, { subject: jobName(gap.subject) })}</Text>
          </Group>
          <Mend gap={gap} />
        </div>
      ))}
    </Card>
  );
}

const mendedAt: Record<Gap['what'], string> = {
  'no-recovery-key': '/first-steps',
  'no-place': '/settings/backup?add',
  'only-this-machine': '/settings/backup?add',
  'recordings-off': '/settings/backup?edit=recordings',
  'job-off': '/settings/backup',
  'no-destination': '/settings/backup',
  'never-ran': '/',
  'one-way-to-open': '/recovery',
  'not-append-only': '/settings/backup',
  'nobody-told': '/alerts?add',
};

function Mend({ gap }: { gap: Gap }) {
  const { t } = useTexts();
  const { mayRun } = useMe();
  const client = useQueryClient();
  const start = useMutation({
    mutationFn: () => api('POST', `/jobs/${encodeURIComponent(gap.subject ?? '')}/runs`, {}),
    onSettled: () => client.invalidateQueries(),
  });
  const text = t(`home.mend.${gap.what}`);
  if (gap.what === 'never-ran') {
    return mayRun ? (
      <RowButton loading={start.isPending} onClick={() => start.mutate()}>
        {text}
      </RowButton>
    ) : null;
  }
  const needsSubject = gap.what === 'no-destination' || gap.what === 'job-off';
  const to = needsSubject ? `${mendedAt[gap.what]}?edit=${encodeURIComponent(gap.subject ?? '')}` : mendedAt[gap.what];
  return (
    <Go to={to} size="sm" fw={600}>
      {text} →
    </Go>
  );
}
