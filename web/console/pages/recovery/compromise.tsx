// Declaring the recovery key compromised: what it would seal anew is shown first; then a new key is made, its ways are handed
// out, and every destination is sealed to it while the page tells how far that is.
import { Alert, Button, Group, Stack, Switch, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type {
  CeremonyView,
  ceremonyDone,
  ceremonyStart,
  compromisePlan,
} from '../../../../src/api/schemas/ceremony.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icons.tsx';
import { ShownOnce, useNewPassword } from '../../parts/new-password.tsx';
import { useCeremony, useOpening } from '../../parts/opening.tsx';
import { Loaded, Section } from '../../parts/page.tsx';
import { HandedOut, useReceivers } from '../../parts/receivers.tsx';
import { RowButton } from '../../parts/row-button.tsx';
import { Status } from '../../parts/status.tsx';
import { ResealedEnd, useSealedWords } from './resealed.tsx';

type Plan = z.infer<typeof compromisePlan>;

const pollMs = 1000;

/** The section with its button. */
export function Compromise({ ceremony }: { ceremony: CeremonyView }) {
  const { t } = useTexts();
  const [isOpen, setOpen] = useState(false);
  return (
    <Section id="compromise" title={t('compromise.title')} lead={t('compromise.lead')}>
      <RowButton className="start" onClick={() => setOpen(true)}>
        {t('compromise.button')}
      </RowButton>
      {isOpen ? <CompromiseDialog ceremony={ceremony} onClose={() => setOpen(false)} /> : null}
    </Section>
  );
}

function CompromiseDialog({ ceremony, onClose }: { ceremony: CeremonyView; onClose: () => void }) {
  const { t } = useTexts();
  const [isDeciding, setDeciding] = useState(false);
  const plan = useQuery({
    queryKey: ['compromise'],
    queryFn: () => api<Plan>('GET', '/ceremony/compromise'),
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
  return (
    <Dialog title={t('compromise.dialogTitle')} size="xl" onClose={onClose}>
      <Loaded query={plan} lines={2}>
        {({ destinations }) =>
          isDeciding ? (
            <Decide ceremony={ceremony} onClose={onClose} />
          ) : (
            <Shown destinations={destinations} onNext={() => setDeciding(true)} onClose={onClose} />
          )
        }
      </Loaded>
    </Dialog>
  );
}

function Shown(props: { destinations: Plan['destinations']; onNext: () => void; onClose: () => void }) {
  const { t } = useTexts();
  const words = useSealedWords();
  return (
    <Stack>
      <Text fw={600}>{t('compromise.plan')}</Text>
      <ul className="plain-list">
        {props.destinations.map((one) => (
          <li key={one.destination}>
            <Text span fw={600}>
              {one.destination}
            </Text>
            : {one.failure === undefined ? words(one) : t('compromise.unreachable')}
          </li>
        ))}
      </ul>
      <Alert color="red" icon={<Icon name="warning" />} title={t('compromise.loses')}>
        {t('compromise.limits')}
      </Alert>
      <Group justify="flex-end">
        <Button variant="default" onClick={props.onClose} data-autofocus>
          {t('common.cancel')}
        </Button>
        <Button color="red" onClick={props.onNext}>
          {t('compromise.next')}
        </Button>
      </Group>
    </Stack>
  );
}

function Decide({ ceremony, onClose }: { ceremony: CeremonyView; onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [handsOut, setHandsOut] = useState(ceremony.set !== undefined);
  const opening = useOpening();
  const password = useNewPassword({ mayBeNone: handsOut });
  const receivers = useReceivers(ceremony.custodians);
  const recipients = ceremony.keys.find(({ state }) => state === 'current')?.recipients ?? [];
  const declare = useMutation({
    mutationFn: () =>
      api<z.infer<typeof ceremonyDone>>('POST', '/ceremony', {
        previous: opening.value,
        isPreviousCompromised: true,
        ...(password.value === undefined ? {} : { password: password.value }),
        ...(handsOut ? { custodians: receivers.value } : {}),
        ...(recipients.length === 0 ? {} : { recipients }),
      } satisfies z.input<typeof ceremonyStart>),
    gcTime: 0,
    onSettled: async () => {
      opening.clear();
      await client.invalidateQueries();
    },
  });
  if (declare.data !== undefined) {
    const { passphrase, handedOut, resealed = [] } = declare.data;
    return (
      <ResealedEnd title={t('compromise.done')} resealed={resealed} onClose={onClose}>
        {passphrase === undefined ? null : <ShownOnce password={passphrase} />}
        {handedOut === undefined ? null : <HandedOut handedOut={handedOut} />}
      </ResealedEnd>
    );
  }
  return (
    <Form onSubmit={() => declare.mutate()}>
      {opening.fields}
      {password.fields}
      <Switch
        label={t('compromise.custodiansToo')}
        checked={handsOut}
        onChange={(event) => setHandsOut(event.currentTarget.checked)}
      />
      {handsOut ? receivers.fields : null}
      {declare.isPending ? <Progress /> : null}
      <FormEnd
        submit={t('compromise.submit')}
        isDangerous
        isPending={declare.isPending}
        isReady={opening.isReady && password.isReady && (!handsOut || receivers.isReady)}
        error={declare.error}
        onCancel={onClose}
      />
    </Form>
  );
}

// The service notes at each destination what still waits; that is asked while the answer is awaited.
function Progress() {
  const { t } = useTexts();
  const places = useCeremony({ refetchInterval: pollMs }).data?.destinations ?? [];
  const [hasWaited, setWaited] = useState<readonly string[]>([]);
  const waiting = places.filter(({ awaitsReseal }) => awaitsReseal).map(({ destination }) => destination);
  const next = [...new Set([...hasWaited, ...waiting])];
  if (next.length !== hasWaited.length) setWaited(next);
  return (
    <Stack gap={6} role="status">
      <Text size="sm" fw={600}>
        {t('compromise.working')} …
      </Text>
      {places.map(({ destination, awaitsReseal }) => (
        <Group gap="xs" key={destination}>
          <Status tone={awaitsReseal ? 'busy' : hasWaited.includes(destination) ? 'good' : 'quiet'}>
            {destination}
          </Status>
          <Text size="sm" className="quiet">
            {awaitsReseal ? t('keyPlaces.awaits') : hasWaited.includes(destination) ? t('keyPlaces.current') : ''}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}
