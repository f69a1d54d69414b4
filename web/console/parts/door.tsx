// The frame of what is seen before signing in.
import { Card, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { chooseLanguage, languages, useTexts } from '../app/i18n.ts';
import { Mark } from './icons.tsx';

/** A card in the middle of the page. */
export function Door({ children }: { children: ReactNode }) {
  const { t, language } = useTexts();
  return (
    <main className="door">
      <Stack gap="md" className="door-card">
        <Group gap="sm">
          <Mark size={40} />
          <div>
            <Text fw={700} size="lg" lh={1.2}>
              {t('app.name')}
            </Text>
            <Text size="sm" className="quiet">
              {t('app.tagline')}
            </Text>
          </div>
        </Group>
        <Card withBorder padding="xl" shadow="sm">
          {children}
        </Card>
        <SegmentedControl
          size="xs"
          aria-label={t('nav.language')}
          value={language}
          data={languages.map(({ code, name }) => ({ value: code, label: name }))}
          onChange={(code) => void chooseLanguage(code)}
        />
      </Stack>
    </main>
  );
}
