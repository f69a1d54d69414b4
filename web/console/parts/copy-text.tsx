// A text to be copied as it is: a key, a link, a command.
import { Button, CopyButton, Group, Text } from '@mantine/core';
import { useTexts } from '../app/i18n.ts';
import { Icon } from './icons.tsx';

/** The text in a box with a button that copies it. */
export function CopyText({ text, label }: { text: string; label?: string }) {
  const { t } = useTexts();
  return (
    <div>
      {label === undefined ? null : (
        <Text size="sm" fw={600} mb={4}>
          {label}
        </Text>
      )}
      <Group gap="xs" align="flex-start" wrap="nowrap" className="copy-text">
        <code tabIndex={0}>{text}</code>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button
              size="compact-sm"
              variant={copied ? 'light' : 'default'}
              color={copied ? 'green' : 'gray'}
              onClick={copy}
              leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}
              aria-label={label === undefined ? undefined : `${t('common.copy')}: ${label}`}
            >
              {copied ? t('common.copied') : t('common.copy')}
            </Button>
          )}
        </CopyButton>
      </Group>
    </div>
  );
}
