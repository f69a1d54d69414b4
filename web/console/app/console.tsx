// Which page is shown: the door while nobody is signed in, else the page of the address.
import { Center, Loader, Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTexts } from './i18n.ts';
import { usePath } from './router.tsx';
import { MeContext, useDoor } from './session.ts';
import { Shell } from './shell.tsx';
import { HomePage } from '../pages/home/home-page.tsx';
import { SetupPage } from '../pages/setup.tsx';
import { SignInPage } from '../pages/sign-in.tsx';
import { Boundary } from '../parts/boundary.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { Door } from '../parts/door.tsx';

// Home comes with the first load; the others are fetched when they are first opened.
const AccountPage = lazy(async () => ({ default: (await import('../pages/account.tsx')).AccountPage }));
const AlertsPage = lazy(async () => ({ default: (await import('../pages/alerts.tsx')).AlertsPage }));
const AuditPage = lazy(async () => ({ default: (await import('../pages/audit.tsx')).AuditPage }));
const PeoplePage = lazy(async () => ({ default: (await import('../pages/people/people-page.tsx')).PeoplePage }));
const DrillPage = lazy(async () => ({ default: (await import('../pages/drills/drill-page.tsx')).DrillPage }));
const DrillsPage = lazy(async () => ({ default: (await import('../pages/drills/drills-page.tsx')).DrillsPage }));
const FirstStepsPage = lazy(async () => ({
  default: (await import('../pages/first-steps/first-steps.tsx')).FirstStepsPage,
}));
const IncidentsPage = lazy(async () => ({ default: (await import('../pages/incidents.tsx')).IncidentsPage }));
const KitsPage = lazy(async () => ({ default: (await import('../pages/kits/kits-page.tsx')).KitsPage }));
const RecordingPage = lazy(async () => ({ default: (await import('../pages/recording.tsx')).RecordingPage }));
const RecordingsPage = lazy(async () => ({ default: (await import('../pages/recordings.tsx')).RecordingsPage }));
const RecoveryPage = lazy(async () => ({
  default: (await import('../pages/recovery/recovery-page.tsx')).RecoveryPage,
}));
const RestorePage = lazy(async () => ({ default: (await import('../pages/restore/restore-page.tsx')).RestorePage }));
const RetentionPage = lazy(async () => ({
  default: (await import('../pages/retention/retention-page.tsx')).RetentionPage,
}));
const RunPage = lazy(async () => ({ default: (await import('../pages/run.tsx')).RunPage }));
const RunsPage = lazy(async () => ({ default: (await import('../pages/runs.tsx')).RunsPage }));
const SettingsPage = lazy(async () => ({
  default: (await import('../pages/settings/settings-page.tsx')).SettingsPage,
}));

/** The whole console. */
export function Console() {
  const { t } = useTexts();
  const path = usePath();
  const door = useDoor();
  if (path === '/setup') return <SetupPage />;
  if (door.data === undefined) {
    if (door.error === null) {
      return (
        <Center mih="100vh">
          <Loader aria-label={t('common.loading')} />
        </Center>
      );
    }
    return (
      <Door>
        <FailureBox failure={viewOfError(door.error)} />
      </Door>
    );
  }
  if (!door.data.isSetUp && door.data.me === undefined) return <SetupPage />;
  if (door.data.me === undefined) return <SignInPage provider={door.data.provider} />;
  return (
    <MeContext value={door.data.me}>
      <Shell version={door.data.version}>
        <Boundary path={path}>
          <Suspense fallback={<Loading />}>
            <CurrentPage path={path} />
          </Suspense>
        </Boundary>
      </Shell>
    </MeContext>
  );
}

function Loading() {
  const { t } = useTexts();
  return <Skeleton height={160} radius="md" aria-busy="true" aria-label={t('common.loading')} role="status" />;
}

function CurrentPage({ path }: { path: string }) {
  const run = /^\/runs\/(\d+)$/.exec(path)?.[1];
  if (run !== undefined) return <RunPage id={Number(run)} />;
  const drill = /^\/drills\/([0-9A-Za-z-]+)$/.exec(path)?.[1];
  if (drill !== undefined) return <DrillPage id={drill} />;
  if (path.startsWith('/first-steps')) return <FirstStepsPage />;
  if (path.startsWith('/restore')) return <RestorePage />;
  if (path.startsWith('/kits')) return <KitsPage />;
  if (path.startsWith('/drills')) return <DrillsPage />;
  const recording = /^\/recordings\/([0-9a-f]{4,16})$/.exec(path)?.[1];
  if (recording !== undefined) return <RecordingPage id={recording} key={recording} />;
  if (path.startsWith('/recordings')) return <RecordingsPage />;
  if (path.startsWith('/runs')) return <RunsPage />;
  if (path.startsWith('/incidents')) return <IncidentsPage />;
  if (path.startsWith('/settings')) return <SettingsPage />;
  if (path.startsWith('/retention')) return <RetentionPage />;
  if (path.startsWith('/recovery')) return <RecoveryPage />;
  if (path.startsWith('/alerts')) return <AlertsPage />;
  if (path.startsWith('/people')) return <PeoplePage />;
  if (path.startsWith('/audit')) return <AuditPage />;
  if (path.startsWith('/account')) return <AccountPage />;
  return <HomePage />;
}
