// What lets Orbit in on a server over SSH, and whether it is the right server.
import { Button, Checkbox, SegmentedControl, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { DestinationKindView, HostKeysView } from '../../../src/api/schemas/destinations.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { CopyText } from './copy-text.tsx';
import { FailureBox, viewOfError } from './failure.tsx';
import { type FormValues } from './schema-form.tsx';

/** The line for authorized_keys: full access, or only adding. */
export function LetIn(props: {
  kind: DestinationKindView;
  config: Record<string, unknown>;
  values: FormValues;
  isFilled: boolean;
  onChange: (values: FormValues) => void;
}) {
  const { t } = useTexts();
  const canRestrict = props.kind.fields.some(({ name }) => name === 'restricted');
  const isRestricted = props.values['restricted'] === true;
  const [asked] = useDebouncedValue(JSON.stringify({ kind: props.kind.kind, config: props.config }), 300);
  const keys = useQuery({
    queryKey: ['authorized-keys', asked],
    queryFn: () =>
      api<{ publicLine: string; line: string }>('POST', '/destinations/authorized-keys', JSON.parse(asked)),
    enabled: props.isFilled,
    retry: false,
  });
  const plain = useQuery({
    queryKey: ['ssh-key'],
    queryFn: () => api<{ publicLine: string }>('GET', '/ssh-key'),
    staleTime: Infinity,
  });
  const publicLine = keys.data?.publicLine ?? plain.data?.publicLine ?? '';
  return (
    <Stack gap={6} role="group" aria-label={t('dialog.letIn')}>
      <Text fw={600}>{t('dialog.letIn')}</Text>
      <Text size="sm" className="quiet">
        {t('dialog.letInHint')}
      </Text>
      {canRestrict ? (
        <SegmentedControl
          className="wraps"
          aria-label={t('dialog.letIn')}
          value={isRestricted ? 'append' : 'full'}
          data={[
            { value: 'full', label: t('dialog.accessFull') },
            { value: 'append', label: t('dialog.accessAppend') },
          ]}
          onChange={(value) => props.onChange({ ...props.values, restricted: value === 'append' })}
        />
      ) : null}
      {isRestricted ? (
        <>
          <Text size="sm">{t('dialog.accessAppendHint')}</Text>
          {keys.data === undefined ? (
            <Text size="sm" className="quiet">
              {t('dialog.fillFirst')}
            </Text>
          ) : (
            <CopyText text={keys.data.line} label={t('dialog.line')} />
          )}
        </>
      ) : (
        <CopyText text={publicLine} label={t('dialog.publicKey')} />
      )}
      {keys.error === null ? null : <FailureBox failure={viewOfError(keys.error)} />}
    </Stack>
  );
}

/** The fingerprint of the server, and that somebody compared it. */
export function Identity(props: {
  kind: DestinationKindView;
  config: Record<string, unknown>;
  isFilled: boolean;
  hostKey: string | undefined;
  onConfirm: (fingerprint: string | undefined) => void;
}) {
  const { t } = useTexts();
  const scan = useMutation({
    mutationFn: () =>
      api<HostKeysView>('POST', '/destinations/host-keys', { kind: props.kind.kind, config: props.config }),
  });
  const best = scan.data?.keys[0];
  return (
    <Stack gap={6} role="group" aria-label={t('dialog.identity')}>
      <Text fw={600}>{t('dialog.identity')}</Text>
      {best === undefined ? null : (
        <Text size="sm" className="quiet">
          {t('dialog.identityHint')}
        </Text>
      )}
      {best === undefined ? (
        <Button
          variant="default"
          className="start"
          disabled={!props.isFilled}
          loading={scan.isPending}
          onClick={() => scan.mutate()}
        >
          {t('dialog.identityAsk')}
        </Button>
      ) : (
        <>
          <CopyText text={`${best.fingerprint} (${best.type})`} />
          <Checkbox
            label={t('dialog.identityYes')}
            checked={props.hostKey === best.fingerprint}
            onChange={(event) => props.onConfirm(event.currentTarget.checked ? best.fingerprint : undefined)}
          />
        </>
      )}
      {scan.error === null ? null : <FailureBox failure={viewOfError(scan.error)} />}
    </Stack>
  );
}
