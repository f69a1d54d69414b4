// The frame of every page: title, lead, and the three states before there is something to show.
import { Card, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { useTexts } from '../app/i18n.ts';
import { FailureBox, viewOfError } from './failure.tsx';
import { Icon, type IconName } from './icons.tsx';
import { RowButton } from './row-button.tsx';

/** A page with its title. `action` stands beside the title. */
export function Page(props: { title: string; lead?: string; action?: ReactNode; children: ReactNode }) {
  const { t } = useTexts();
  useEffect(() => {
    document.title = `${props.title} · ${t('app.name')}`;
  }, [props.title, t]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end" wrap="wrap">
        <div>
          <Title order={1}>{props.title}</Title>
          {props.lead === undefined ? null : (
            <Text className="quiet" mt={2}>
              {props.lead}
            </Text>
          )}
        </div>
        {props.action}
      </Group>
      {props.children}
    </Stack>
  );
}

/** Shows what a question gave; before that a grey sketch, after trouble the trouble and a way on. */
export function Loaded<Data>(props: {
  query: UseQueryResult<Data>;
  children: (data: Data) => ReactNode;
  lines?: number;
}) {
  const { t } = useTexts();
  const { data, error, refetch } = props.query;
  if (data !== undefined) return <>{props.children(data)}</>;
  if (error !== null) {
    return (
      <FailureBox failure={viewOfError(error)}>
        <RowButton onClick={() => void refetch()}>{t('common.retry')}</RowButton>
      </FailureBox>
    );
  }
  return (
    <Stack gap="sm" aria-busy="true" aria-label={t('common.loading')} role="status">
      {Array.from({ length: props.lines ?? 3 }, (_, line) => (
        <Skeleton key={line} height={line === 0 ? 90 : 60} radius="md" />
      ))}
    </Stack>
  );
}

/** A part of a page in a frame, with its title and what it is for. */
export function Section(props: { id: string; title: string; lead?: string; children: ReactNode }) {
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby={props.id}>
      <Title order={2} id={props.id} {...(props.lead === undefined ? { mb: 'sm' } : {})}>
        {props.title}
      </Title>
      {props.lead === undefined ? null : (
        <Text size="sm" className="quiet" mb="sm">
          {props.lead}
        </Text>
      )}
      {props.children}
    </Card>
  );
}

/** A part of a page without a frame, for parts that are tables and cards themselves. `action` stands beside its title. */
export function OpenSection(props: {
  id: string;
  title: string;
  lead: string;
  action: ReactNode;
  children: ReactNode;
}) {
  return (
    <section aria-labelledby={props.id}>
      <Group justify="space-between" mb="sm" align="flex-end">
        <div>
          <Title order={2} id={props.id}>
            {props.title}
          </Title>
          <Text size="sm" className="quiet">
            {props.lead}
          </Text>
        </div>
        {props.action}
      </Group>
      {props.children}
    </section>
  );
}

/** A quiet box that says that nothing is here yet, and what to do. */
export function Empty(props: { icon: IconName; title: string; hint: string; children?: ReactNode }) {
  return (
    <Card withBorder padding="xl" className="empty">
      <Stack align="center" gap={6}>
        <span className="empty-icon">
          <Icon name={props.icon} size={30} />
        </span>
        <Text fw={600}>{props.title}</Text>
        <Text size="sm" className="quiet" ta="center" maw={460}>
          {props.hint}
        </Text>
        {props.children === undefined ? null : <Group mt="sm">{props.children}</Group>}
      </Stack>
    </Card>
  );
}

/** A name and its value, in one row of a summary. */
export function Fact(props: { name: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
