// Handing out shares of the current key: who gets one, how many open it, and what opens it now.
import { Button, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type { CeremonyView, ceremonyDone, splitInput } from '../../../../src/api/schemas/ceremony.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { useOpening } from '../../parts/opening.tsx';
import { HandedOut, useReceivers } from '../../parts/receivers.tsx';

/** The dialog. `known` are custodians that were named before. */
export function HandOutDialog({ known, onClose }: { known: CeremonyView['custodians']; onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const receivers = useReceivers(known);
  const opening = useOpening();
  const split = useMutation({
    mutationFn: () =>
      api<z.infer<typeof ceremonyDone>>('POST', '/ceremony/shares', {
        opening: opening.value,
        ...receivers.value,
      } satisfies z.input<typeof splitInput>),
    gcTime: 0,
    onSettled: async () => {
      opening.clear();
      await client.invalidateQueries();
    },
  });
  return (
    <Dialog title={t('custody.handOut')} size={split.data === undefined ? 'xl' : 'lg'} onClose={onClose}>
      {split.data === undefined ? (
        <Form onSubmit={() => split.mutate()}>
          <Text size="sm">{t('custody.handOutHint')}</Text>
          {receivers.fields}
          {opening.fields}
          <FormEnd
            submit={t('custody.handOut')}
            isPending={split.isPending}
            isReady={receivers.isReady && opening.isReady}
            error={split.error}
            onCancel={onClose}
          />
        </Form>
      ) : (
        <Stack>
          <HandedOut handedOut={split.data.handedOut} />
          <Button onClick={onClose} className="start">
            {t('dialog.done')}
          </Button>
        </Stack>
      )}
    </Dialog>
  );
}
