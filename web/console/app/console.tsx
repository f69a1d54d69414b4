// Which page is shown: the door while nobody is signed in, else the page of the address.
import { Center, Loader } from '@mantine/core';
import { useTexts } from './i18n.ts';
import { usePath } from './router.tsx';
import { MeContext, useDoor } from './session.ts';
import { Shell } from './shell.tsx';
import { AccountPage } from '../pages/account.tsx';
import { AlertsPage } from '../pages/alerts.tsx';
import { HomePage } from '../pages/home.tsx';
import { RecordingPage } from '../pages/recording.tsx';
import { RecordingsPage } from '../pages/recordings.tsx';
import { RecoveryPage } from '../pages/recovery.tsx';
import { RunPage } from '../pages/run.tsx';
import { RunsPage } from '../pages/runs.tsx';
import { SettingsPage } from '../pages/settings.tsx';
import { SetupPage } from '../pages/setup.tsx';
import { SignInPage } from '../pages/sign-in.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { Door } from '../parts/door.tsx';

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
  if (door.data.me === undefined) return <SignInPage />;
  return (
    <MeContext value={door.data.me}>
      <Shell version={door.data.version}>
        <CurrentPage path={path} />
      </Shell>
    </MeContext>
  );
}

function CurrentPage({ path }: { path: string }) {
  const run = /^\/runs\/(\d+)$/.exec(path)?.[1];
  if (run !== undefined) return <RunPage id={Number(run)} />;
  const recording = /^\/recordings\/([0-9a-f]{4,16})$/.exec(path)?.[1];
  if (recording !== undefined) return <RecordingPage id={recording} key={recording} />;
  if (path.startsWith('/recordings')) return <RecordingsPage />;
  if (path.startsWith('/runs')) return <RunsPage />;
  if (path.startsWith('/settings')) return <SettingsPage />;
  if (path.startsWith('/recovery')) return <RecoveryPage />;
  if (path.startsWith('/alerts')) return <AlertsPage />;
  if (path.startsWith('/account')) return <AccountPage />;
  return <HomePage />;
}
