// The frame around every page: where one is, who one is, light or dark, language, out.
import {
  ActionIcon,
  AppShell,
  Burger,
  Group,
  NavLink,
  SegmentedControl,
  Stack,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import type { RoleView } from '../../../src/api/schemas/common.ts';
import { Icon, Mark } from '../parts/icons.tsx';
import { MaintenanceBanner } from '../parts/maintenance-banner.tsx';
import { api } from './api.ts';
import { chooseLanguage, languages, useTexts } from './i18n.ts';
import { LiveRunsContext, useRunStream } from './live-runs.ts';
import { follow, goTo, usePath } from './router.tsx';
import { useForgetAll, useMe } from './session.ts';

const places = [
  { to: '/', icon: 'home', text: 'home' },
  { to: '/runs', icon: 'runs', text: 'runs' },
  { to: '/incidents', icon: 'warning', text: 'incidents' },
  { to: '/recordings', icon: 'recordings', text: 'recordings' },
  { to: '/restore', icon: 'restore', text: 'restore' },
  { to: '/kits', icon: 'kit', text: 'kits' },
  { to: '/retention', icon: 'hold', text: 'retention' },
  { to: '/recovery', icon: 'recovery', text: 'recovery' },
  { to: '/drills', icon: 'drill', text: 'drills' },
  { to: '/settings/backup', icon: 'settings', text: 'settings' },
  { to: '/alerts', icon: 'alerts', text: 'alerts' },
  { to: '/people', icon: 'people', text: 'people' },
  { to: '/audit', icon: 'audit', text: 'audit' },
  { to: '/account', icon: 'account', text: 'account' },
] as const;

// A custodian sees whether we could recover, the recovery key and the drills; the rest would be refused.
const forCustodians: string[] = ['/', '/recovery', '/drills', '/account'];

function placesFor(role: RoleView) {
  return role === 'custodian' ? places.filter(({ to }) => forCustodians.includes(to)) : places;
}

/** The frame. */
export function Shell({ children, version }: { children: ReactNode; version: string }) {
  const { t, language } = useTexts();
  const path = usePath();
  const me = useMe();
  const live = useRunStream();
  const forget = useForgetAll();
  const [isOpen, menu] = useDisclosure(false);
  const signOut = async (): Promise<void> => {
    await api('DELETE', '/session').catch(() => {});
    goTo('/');
    await forget();
  };
  const isHere = (to: string): boolean => (to === '/' ? path === '/' : path.startsWith(to));
  return (
    <AppShell
      layout="alt"
      header={{ height: { base: 56, sm: 0 } }}
      navbar={{ width: 236, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'md', sm: 'xl' }}
      transitionDuration={0}
    >
      <a href="#main" className="skip">
        {t('app.skip')}
      </a>
      <AppShell.Header component="div" role="region" aria-label={t('app.name')} hiddenFrom="sm" px="md">
        <Group h="100%" gap="sm">
          <Burger opened={isOpen} onClick={menu.toggle} size="sm" aria-label={t('nav.menu')} aria-expanded={isOpen} />
          <Mark size={26} />
          <Text fw={700}>{t('app.name')}</Text>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="md" aria-label={t('nav.menu')}>
        <Group gap="sm" mb="lg" px={6} justify="space-between">
          <Group gap="sm">
            <Mark />
            <div>
              <Text fw={700} lh={1.2}>
                {t('app.name')}
              </Text>
              <Text size="xs" className="quiet">
                {version}
              </Text>
            </div>
          </Group>
          <Burger
            opened={isOpen}
            onClick={menu.toggle}
            size="sm"
            hiddenFrom="sm"
            aria-label={t('nav.menu')}
            aria-expanded={isOpen}
          />
        </Group>
        <Stack gap={4} className="grow">
          {placesFor(me.role).map(({ to, icon, text }) => (
            <NavLink
              key={to}
              href={to}
              label={t(`nav.${text}`)}
              leftSection={<Icon name={icon} />}
              active={isHere(to)}
              aria-current={isHere(to) ? 'page' : undefined}
              onClick={(event) => {
                menu.close();
                follow(event, to);
              }}
              style={{ borderRadius: 8 }}
              variant="filled"
            />
          ))}
        </Stack>
        <Stack gap="sm">
          <SegmentedControl
            size="xs"
            fullWidth
            aria-label={t('nav.language')}
            value={language}
            data={languages.map(({ code, name }) => ({ value: code, label: name }))}
            onChange={(code) => void chooseLanguage(code)}
          />
          <Group justify="space-between" wrap="nowrap" gap="xs">
            <div style={{ minWidth: 0 }}>
              <Text size="sm" fw={600} truncate>
                {me.name}
              </Text>
              <Text size="xs" className="quiet">
                {t(`role.${me.role}`)}
              </Text>
            </div>
            <Group gap={4} wrap="nowrap">
              <SchemeButton />
              <ActionIcon
                variant="default"
                size="lg"
                onClick={() => void signOut()}
                aria-label={t('nav.signOut')}
                title={t('nav.signOut')}
              >
                <Icon name="out" size={18} />
              </ActionIcon>
            </Group>
          </Group>
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <div className="content">
          <MaintenanceBanner />
          <LiveRunsContext value={live}>{children}</LiveRunsContext>
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

function SchemeButton() {
  const { t } = useTexts();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  return (
    <ActionIcon
      variant="default"
      size="lg"
      onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
      aria-label={t('nav.theme')}
      title={t('nav.theme')}
    >
      <Icon name={scheme === 'dark' ? 'sun' : 'moon'} size={18} />
    </ActionIcon>
  );
}
