// A failure as people read it: what happened, what to do, and the code to look up.
import { Alert, Code, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { ApiFailure } from '../app/api.ts';
import { failuresOf, useTexts } from '../app/i18n.ts';
import { Icon } from './icons.tsx';

/** The parts of a failure that are shown. */
export interface FailureView {
  code: string;
  message: string;
  hint?: string | undefined;
}

// What goes wrong in the page itself, before the service could say anything.
const ownFailures = { 'console.unreachable': 'unreachable', 'console.no-passkey': 'noPasskey' } as const;

/** What an error says, in the reader's language where we have it. */
export function useFailureText(): (failure: FailureView) => {
  message: string;
  hint: string | undefined;
  detail?: string;
} {
  const { t, language } = useTexts();
  return (failure) => {
    const own = ownFailures[failure.code as keyof typeof ownFailures];
    if (own !== undefined)
      return { message: t(`common.${own}`), hint: t(`common.${own}Hint`), detail: failure.message };
    const known = failuresOf(language)[failure.code];
    if (known === undefined) return { message: failure.message, hint: failure.hint };
    return { message: known.detail, hint: known.hint, detail: failure.message };
  };
}

/** What any error says. */
export function viewOfError(error: unknown): FailureView {
  if (error instanceof ApiFailure) {
    const { code, detail, hint } = error.problem;
    return { code, message: detail, hint };
  }
  return { code: 'console.bug', message: error instanceof Error ? error.message : String(error) };
}

/** A failure in a box. `title` says what could not be done; `isWorry`: it works and should not stay so. */
export function FailureBox(props: {
  failure: FailureView;
  title?: ReactNode;
  isWorry?: boolean;
  children?: ReactNode;
}) {
  const { t } = useTexts();
  const read = useFailureText()(props.failure);
  return (
    <Alert
      color={props.isWorry === true ? 'yellow' : 'red'}
      variant="light"
      icon={<Icon name="warning" />}
      title={props.title ?? read.message}
      role="alert"
    >
      {props.title === undefined ? null : <Text size="sm">{read.message}</Text>}
      {read.detail === undefined ? null : (
        <Text size="xs" lang="en" className="quiet">
          {read.detail}
        </Text>
      )}
      {read.hint === undefined ? null : (
        <Text size="sm" mt={4}>
          {read.hint}
        </Text>
      )}
      <Group gap="xs" mt={6} justify="space-between">
        {props.failure.code === '' ? (
          <span />
        ) : (
          <Text size="xs" className="quiet">
            {t('common.code')} <Code>{props.failure.code}</Code>
          </Text>
        )}
        {props.children}
      </Group>
    </Alert>
  );
}
