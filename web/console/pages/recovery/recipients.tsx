// The age and SSH keys that open the recovery key besides: seen, added, removed.
import { Alert, Group, Text, TextInput, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { CeremonyView, recipientsInput } from '../../../../src/api/schemas/ceremony.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useMe } from '../../app/session.ts';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icons.tsx';
import { useOpening } from '../../parts/opening.tsx';
import { Section } from '../../parts/page.tsx';
import { RowButton } from '../../parts/row-button.tsx';

type Recipient = CeremonyView['keys'][number]['recipients'][number];

/** Those of the current key. */
export function Recipients({ recipients }: { recipients: Recipient[] }) {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const [isAdding, setAdding] = useState(false);
  const [removed, setRemoved] = useState<Recipient>();
  return (
    <Section id="recipients" title={t('recipients.title')} lead={t('recipients.lead')}>
      {recipients.length === 0 ? (
        <Text size="sm" className="quiet">
          {t('recipients.none')}
        </Text>
      ) : (
        recipients.map((one) => (
          <div className="gap-row" key={one.recipient}>
            <div>
              <Text fw={600}>{one.title === '' ? t('recipients.unnamed') : one.title}</Text>
              <span className="mono">{shortened(one.recipient)}</span>
            </div>
            {mayChange ? (
              <RowButton of={one.title === '' ? shortened(one.recipient) : one.title} onClick={() => setRemoved(one)}>
                {t('common.remove')}
              </RowButton>
            ) : null}
          </div>
        ))
      )}
      {mayChange ? (
        <Group mt="sm">
          <RowButton onClick={() => setAdding(true)}>{t('recipients.add')}</RowButton>
        </Group>
      ) : null}
      {isAdding ? <AddDialog known={recipients} onClose={() => setAdding(false)} /> : null}
      {removed === undefined ? null : (
        <RemoveDialog known={recipients} removed={removed} onClose={() => setRemoved(undefined)} />
      )}
    </Section>
  );
}

// The end of a key tells it from another one as well as the whole.
function shortened(recipient: string): string {
  const [kind = '', key] = recipient.split(' ');
  return key === undefined ? recipient : `${kind} …${key.slice(-24)}`;
}

function useChange(onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: z.input<typeof recipientsInput>) => api('PUT', '/ceremony/recipients', input),
    gcTime: 0,
    onSuccess: async () => {
      onDone();
      await client.invalidateQueries();
    },
  });
}

function AddDialog({ known, onClose }: { known: Recipient[]; onClose: () => void }) {
  const { t } = useTexts();
  const [recipient, setRecipient] = useState('');
  const [title, setTitle] = useState('');
  const opening = useOpening();
  const add = useChange(onClose);
  const all = [...known, { recipient: recipient.trim(), title: title.trim() }];
  return (
    <Dialog title={t('recipients.add')} size="lg" onClose={onClose}>
      <Form onSubmit={() => add.mutate({ opening: opening.value, recipients: all })}>
        <Text size="sm">{t('recipients.lead')}</Text>
        <TextInput
          label={t('recipients.name')}
          description={t('recipients.nameHint')}
          value={title}
          autoComplete="off"
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <Textarea
          label={t('recipients.recipient')}
          description={t('recipients.recipientHint')}
          required
          autosize
          minRows={2}
          className="mono"
          spellCheck={false}
          value={recipient}
          onChange={(event) => setRecipient(event.currentTarget.value)}
        />
        {opening.fields}
        <FormEnd
          submit={t('recipients.addSubmit')}
          isPending={add.isPending}
          isReady={recipient.trim() !== '' && opening.isReady}
          error={add.error}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  );
}

function RemoveDialog(props: { known: Recipient[]; removed: Recipient; onClose: () => void }) {
  const { t } = useTexts();
  const { known, removed, onClose } = props;
  const opening = useOpening();
  const remove = useChange(onClose);
  const others = known.filter(({ recipient }) => recipient !== removed.recipient);
  const name = removed.title === '' ? shortened(removed.recipient) : removed.title;
  return (
    <Dialog title={t('recipients.removeTitle', { name })} onClose={onClose}>
      <Form onSubmit={() => remove.mutate({ opening: opening.value, recipients: others })}>
        <Alert color="red" icon={<Icon name="warning" />} title={t('recipients.removeLoses')} />
        {opening.fields}
        <FormEnd
          submit={t('recipients.removeConfirm')}
          isDangerous
          isPending={remove.isPending}
          isReady={opening.isReady}
          error={remove.error}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  );
}
