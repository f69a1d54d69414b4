// Handing out shares: who gets one, how many open the key, and what opens it now. Links and sealed files are shown once.
import {
  Alert,
  Anchor,
  Button,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { CeremonyView, ceremonyDone, splitInput } from '../../../../src/api/schemas/ceremony.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { CopyText } from '../../parts/copy-text.tsx';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icons.tsx';
import { RowButton } from '../../parts/row-button.tsx';

interface Person {
  name: string;
  contact: string;
  language: 'en' | 'pt';
  recipient: string;
}

type Done = z.infer<typeof ceremonyDone>;

/** The dialog. `known` are custodians that were named before. */
export function HandOutDialog({ known, onClose }: { known: CeremonyView['custodians']; onClose: () => void }) {
  const { t, language } = useTexts();
  const client = useQueryClient();
  const nobody = (): Person => ({ name: '', contact: '', language, recipient: '' });
  const [people, setPeople] = useState<Person[]>(
    known.length >= 2
      ? known.map(({ name, contact, language: own, recipient = '' }) => ({ name, contact, language: own, recipient }))
      : [nobody(), nobody(), nobody()],
  );
  const [threshold, setThreshold] = useState(2);
  const [masterPassword, setPassword] = useState('');
  const named = people.filter(({ name }) => name.trim() !== '');
  const split = useMutation({
    mutationFn: () =>
      api<Done>('POST', '/ceremony/shares', {
        opening: { masterPassword },
        threshold,
        receivers: named.map(({ name, contact, language: own, recipient }) => ({
          name,
          contact,
          language: own,
          ...(recipient === '' ? { delivery: 'link' as const } : { recipient, delivery: 'sealed' as const }),
        })),
      } satisfies z.input<typeof splitInput>),
    gcTime: 0,
    onSettled: async () => {
      setPassword('');
      await client.invalidateQueries();
    },
  });
  if (split.data !== undefined) {
    return (
      <Dialog title={t('custody.handOut')} size="lg" onClose={onClose}>
        <HandedOut done={split.data} onClose={onClose} />
      </Dialog>
    );
  }
  const change = (index: number, part: Partial<Person>): void =>
    setPeople(people.map((person, at) => (at === index ? { ...person, ...part } : person)));
  return (
    <Dialog title={t('custody.handOut')} size="xl" onClose={onClose}>
      <Form onSubmit={() => split.mutate()}>
        <Text size="sm">{t('custody.handOutHint')}</Text>
        {people.map((person, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name of their own until one is typed.
          <Group key={index} gap="xs" align="flex-end">
            <TextInput
              className="grow"
              label={t('custody.nameOf', { number: index + 1 })}
              value={person.name}
              autoComplete="off"
              onChange={(event) => change(index, { name: event.currentTarget.value })}
            />
            <TextInput
              className="grow"
              label={t('custody.contact')}
              value={person.contact}
              autoComplete="off"
              onChange={(event) => change(index, { contact: event.currentTarget.value })}
            />
            <TextInput
              className="grow"
              label={t('custody.ownKey')}
              placeholder="age1… / ssh-ed25519 …"
              value={person.recipient}
              autoComplete="off"
              onChange={(event) => change(index, { recipient: event.currentTarget.value.trim() })}
            />
            <Select
              w={130}
              label={t('nav.language')}
              data={[
                { value: 'en', label: 'English' },
                { value: 'pt', label: 'Português' },
              ]}
              value={person.language}
              allowDeselect={false}
              onChange={(value) => change(index, { language: value === 'pt' ? 'pt' : 'en' })}
            />
          </Group>
        ))}
        <Group>
          <RowButton disabled={people.length >= 16} onClick={() => setPeople([...people, nobody()])}>
            {t('custody.another')}
          </RowButton>
        </Group>
        <NumberInput
          label={t('custody.threshold')}
          description={t('custody.thresholdHint', { count: named.length })}
          min={2}
          max={Math.max(2, named.length)}
          allowDecimal={false}
          maw={260}
          value={threshold}
          onChange={(value) => setThreshold(Number(value) || 2)}
        />
        <PasswordInput
          label={t('custody.current')}
          description={t('custody.currentHint')}
          autoComplete="off"
          value={masterPassword}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <FormEnd
          submit={t('custody.handOut')}
          isPending={split.isPending}
          isReady={named.length >= 2 && threshold <= named.length && masterPassword !== ''}
          error={split.error}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  );
}

function HandedOut({ done, onClose }: { done: Done; onClose: () => void }) {
  const { t } = useTexts();
  const { handedOut } = done;
  return (
    <Stack>
      <Alert color="green" icon={<Icon name="check" />} title={t('custody.handedOut')} role="status">
        {t('custody.once')}
      </Alert>
      {handedOut?.links.map(({ custodian, link }) => (
        <CopyText key={custodian} text={link} label={t('custody.linkFor', { name: custodian })} />
      ))}
      {handedOut?.files.map(({ custodian, name, base64 }) => (
        <Anchor key={custodian} href={`data:application/octet-stream;base64,${base64}`} download={name}>
          {t('custody.fileFor', { name: custodian })}
        </Anchor>
      ))}
      <Button onClick={onClose} className="start">
        {t('dialog.done')}
      </Button>
    </Stack>
  );
}
